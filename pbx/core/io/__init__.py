"""The licensed places of layer 0 that read clocks, draw entropy and talk to other processes."""
