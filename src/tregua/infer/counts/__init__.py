"""What counts alone say: tiles, the regime model, breaks, segments, and a band."""
