"""`verification.yaml` as a model."""


from pbx.config.verification import VerificationSettings


def test_without_a_word_the_limits_are_those_of_the_reference() -> None:
    settings = VerificationSettings()
    assert (settings.attempts, settings.failures_before_lock, settings.lock_s) == (3, 5, 86400.0)
