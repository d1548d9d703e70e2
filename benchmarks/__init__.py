"""How fast it is, told as ratios to a bare ceiling in the same run, so that a noisy machine changes little.

`make bench` prints one JSON object a line: name, value, unit, ceiling, ratio, goal, holds (design §9).
"""
