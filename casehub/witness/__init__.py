"""A witness of transparency logs (c2sp.org/tlog-witness): one authority runs it for the others, on a plain machine.

It has a key and a directory of its own and knows neither casehub's database nor its settings. What it keeps is a file
for each log: the newest checkpoint it cosigned, which anybody can check a log against.
"""
