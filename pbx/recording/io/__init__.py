"""Where recordings meet disks, sockets and clocks: journal writer, vault, finaliser, object store, reader."""
