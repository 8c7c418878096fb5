"""Months ahead, by counts alone and by simple rivals, as distributions that can be scored."""
