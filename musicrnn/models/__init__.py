"""What a model is made of and how it is kept on disk: configuration, bundle, card. Never Keras."""
