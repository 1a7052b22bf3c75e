"""The command `nonmun`: options, commands, text for a terminal.

It may use everything; what only one command needs is imported when that command runs."""
