"""Where customers are asked for while a call waits: a database or a server of the tenant."""
