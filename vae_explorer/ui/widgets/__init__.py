"""Small widgets that know nothing of models: fields, labels, layouts, messages."""
