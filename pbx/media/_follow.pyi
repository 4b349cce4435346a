from pbx.media.follow import Incoming as Incoming
from pbx.media.follow import Outgoing as Outgoing
