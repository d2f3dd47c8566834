"""What every page of a service is built on: its look, its door, its forms, its errors, and the list of pages.
Services' `web/` rooms import from here, and what runs a service.
It knows no service, decides nothing, and keeps nothing of anybody.
"""
