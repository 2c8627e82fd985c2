"""The card engine: pure, state in and state out. It knows what can be done next, never who may do it."""
