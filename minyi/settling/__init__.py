"""Settling what people labelled differently: which comments those are, in a page on this machine or in a sheet."""
