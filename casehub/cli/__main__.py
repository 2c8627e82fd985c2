"""`python -m casehub.cli`: how the demo starts its own processes with the interpreter it runs under."""

from casehub.cli import main

main()
