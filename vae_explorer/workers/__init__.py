"""What runs off the window's thread: training, decoding, files. QtCore and the core; no widgets."""
