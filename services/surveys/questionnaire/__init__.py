"""A survey as written: its document, questions, branching, window and school days, with every fault named.
Every other room may import from here; it imports from none of them.
Pure: it never knows who is asked or what they answered.
"""
