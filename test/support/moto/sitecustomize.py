"""What a moto server needs to stand in for AWS here. Python reads this file at start, wherever the server's program comes from.

- A clock that a test can move: milliseconds to add are read from the file named by the environment.
- One receive at a time: the server works in threads, and two of them hand out one group of an ordered queue at once.
- System attributes of messages that are sent in batches, which get lost.
- The queue that a dead letter comes from, which it does not tell: here among the message's own attributes, whence the local cloud takes it.
- Alarms that are silenced and let speak again.
- Ids of certificates that are hashes of the certificate: a setting that the server cannot be told otherwise.
"""

import os
import threading
import time

path = os.environ.get("WINDLASS_TEST_MOTO_CLOCK")
if path:
    try:
        from moto.core.config import default_user_config
        from moto.sqs import models
    except ImportError:
        models = None

    if models is not None:
        default_user_config["iot"] = {"use_valid_cert": True}
        real_millis = models.unix_time_millis
        real_seconds = models.unix_time

        def offset():
            try:
                with open(path, encoding="ascii") as file:
                    return float(file.read() or 0)
            except OSError:
                return 0.0

        models.unix_time_millis = lambda *args: real_millis(*args) + (0 if args else offset())
        models.unix_time = lambda *args: real_seconds(*args) + (0 if args else offset() / 1000)

        lock = threading.RLock()
        real_receive = models.SQSBackend.receive_message
        real_batch = models.SQSBackend.send_message_batch

        def receive(self, queue_name, count, wait_seconds_timeout, *args, **kwargs):
            end = time.monotonic() + (wait_seconds_timeout or 0)
            while True:
                with lock:
                    queue = self.get_queue(queue_name)
                    if queue.dead_letter_queue is not None:
                        for message in queue._messages:
                            message.given_up_by = queue.queue_arn
                    result = real_receive(self, queue_name, count, 0, *args, **kwargs)
                    if queue.dead_letter_queue is None:
                        for message in result:
                            source = getattr(message, "given_up_by", None)
                            if source is not None:
                                message.message_attributes["DeadLetterQueueSourceArn"] = {"DataType": "String", "StringValue": source}
                if result or time.monotonic() >= end:
                    return result
                time.sleep(0.02)

        def send_batch(self, queue_name, entries):
            with lock:
                messages, failed = real_batch(self, queue_name, entries)
                attributes = {entry["Id"]: entry.get("MessageSystemAttributes") for entry in entries.values()}
                for message in messages:
                    message.system_attributes = attributes.get(message.user_id) or {}
            return messages, failed

        def locked(real):
            def call(*args, **kwargs):
                with lock:
                    return real(*args, **kwargs)

            return call

        models.SQSBackend.receive_message = receive
        models.SQSBackend.send_message_batch = send_batch
        for name in ("send_message", "delete_message", "change_message_visibility"):
            setattr(models.SQSBackend, name, locked(getattr(models.SQSBackend, name)))

        from moto.cloudwatch.responses import CloudWatchResponse
        from moto.core.responses import EmptyResult

        def acting(enabled):
            def call(self):
                alarms = self.cloudwatch_backend.alarms
                for name in self._get_param("AlarmNames") or []:
                    if name in alarms:
                        alarms[name].actions_enabled = enabled
                return EmptyResult()

            return call

        CloudWatchResponse.enable_alarm_actions = acting(True)
        CloudWatchResponse.disable_alarm_actions = acting(False)
