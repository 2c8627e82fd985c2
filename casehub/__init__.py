"""casehub: police, kommune, psychiatry and Kriminalforsorgen work a case together, each seeing only what it may."""
