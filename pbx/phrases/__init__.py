"""Phrases: numbers, dates, times, money and digits in words, by rules that are tables of each language."""
