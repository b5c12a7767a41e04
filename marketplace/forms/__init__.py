"""Shapes of input, shared by pages, console and interface."""
