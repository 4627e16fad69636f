"""What the application knows: session, selection, settings. Plain Python and psygnal; no Qt, no PyTorch."""
