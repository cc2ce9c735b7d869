"""How well messages are understood: sets, measures, reports. Nothing here is used when people are answered."""
