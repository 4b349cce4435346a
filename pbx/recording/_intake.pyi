from pbx.recording.intake import Intake as Intake
