"""Where the media workers are, as configured."""

from pbx.config.models import MediaSettings
from pbx.config.places import Places
from pbx.core.address import Address
from pbx.core.io.tls_channel import TlsFiles, client_context
from pbx.media.io.remote_link import RemoteWorker
from pbx.runner.worker_places import WorkerPlaces


def worker_places(settings: MediaSettings, places: Places) -> WorkerPlaces:
    """Sockets below `var`, and addresses of other machines with the files that prove who is who.

    StorageError names the file that cannot be used.
    """
    return WorkerPlaces(
        local=tuple(places.media_socket(worker) for worker in range(settings.workers)),
        remote=tuple(
            RemoteWorker(
                address=Address(one.host, one.port),
                name=one.expected_name,
                tls=client_context(
                    TlsFiles(
                        certificate=places.resolve(one.certificate.chain),
                        key=places.resolve(one.certificate.key),
                        ca=places.resolve(one.ca),
                    )
                ),
                relink_s=one.relink_s,
            )
            for one in settings.remote
        ),
    )
