"""What the items of one service hold: a module for each service whose collector needs more than one file."""
