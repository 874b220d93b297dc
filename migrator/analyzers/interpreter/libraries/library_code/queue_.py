"""`queue`, `threading` and `concurrent.futures`, as far as one thread can tell."""

# ruff: noqa
# mypy: ignore-errors

import heapq


class Empty(Exception):
    pass


class Queue:
    def __init__(self, maxsize=0):
        self.maxsize = maxsize
        self.queue = []

    def qsize(self):
        return len(self.queue)

    def empty(self):
        return not self.queue

    def full(self):
        return 0 < self.maxsize <= len(self.queue)

    def put(self, item, block=True, timeout=None):
        self.queue.append(item)

    def put_nowait(self, item):
        self.put(item)

    def get(self, block=True, timeout=None):
        if not self.queue:
            raise Empty
        return self.queue.pop(0)

    def get_nowait(self):
        return self.get()

    def task_done(self):
        return None

    def join(self):
        return None


class LifoQueue(Queue):
    def get(self, block=True, timeout=None):
        if not self.queue:
            raise Empty
        return self.queue.pop()


class PriorityQueue(Queue):
    def put(self, item, block=True, timeout=None):
        heapq.heappush(self.queue, item)

    def get(self, block=True, timeout=None):
        if not self.queue:
            raise Empty
        return heapq.heappop(self.queue)


class Lock:
    def acquire(self, blocking=True, timeout=-1):
        return True

    def release(self):
        return None

    def locked(self):
        return False

    def __enter__(self):
        return True

    def __exit__(self, exc_type, exc_value, traceback):
        return None


class local:
    pass


class Future:
    def __init__(self, fn, args, kwargs):
        self._error = None
        self._result = None
        try:
            self._result = fn(*args, **kwargs)
        except Exception as error:
            self._error = error

    def result(self, timeout=None):
        if self._error is not None:
            raise self._error
        return self._result

    def exception(self, timeout=None):
        return self._error

    def done(self):
        return True

    def add_done_callback(self, fn):
        fn(self)


class Executor:
    def __init__(self, max_workers=None, *args, **kwargs):
        self._max_workers = max_workers

    def submit(self, fn, /, *args, **kwargs):
        return Future(fn, args, kwargs)

    def map(self, fn, *iterables, timeout=None, chunksize=1):
        return iter([fn(*arguments) for arguments in zip(*iterables)])

    def shutdown(self, wait=True, *, cancel_futures=False):
        return None

    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        return False


def as_completed(fs, timeout=None):
    return iter(list(fs))
