from pbx.media.io.straight import Sending as Sending
from pbx.media.io.straight import Straight as Straight
from pbx.media.io.straight import Taps as Taps
