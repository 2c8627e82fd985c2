"""What leaves the building: documents made in memory of what the services hand over. It reads nothing itself."""
