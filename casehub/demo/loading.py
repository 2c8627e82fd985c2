"""What the demo puts into its database: roles, schema, keystore, organisation, definitions and the invented people.

Every step can be done again and then changes nothing, so each start runs them all.
"""
