"""Measurements beside other systems: speed, and public benchmarks. Nothing here is used when people are answered."""
