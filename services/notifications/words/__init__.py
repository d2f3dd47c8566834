"""What a message says: templates and their translations filled with facts, as email, text and letter.
Everything that shows or sends a message imports from here.
It reads the template files; it never knows to whom a message goes or whether it was sent.
"""
