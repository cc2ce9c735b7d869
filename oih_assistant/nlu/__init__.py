"""Understanding: from a typed message to a topic. Rasa graph components stand beside the plain code they use."""
