"""How long tests wait for what is bound to happen; those that pass never wait so long."""

#: Milliseconds that anything may take on a busy machine before a test gives up.
SHORT = 15_000
#: The same for training, which loads PyTorch first.
LONG = 90_000
