"""Reads data files of any size, row by row, and reports what is wrong with a row; apps share it for what they load."""
