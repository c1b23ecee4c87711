"""`minyi doctor`: what is wrong with an installation, a machine or a study, each with what to do about it."""
