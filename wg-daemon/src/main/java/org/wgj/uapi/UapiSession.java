// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import static org.wgj.tun.linux.Errno.EBUSY;
import static org.wgj.tun.linux.Errno.EINVAL;
import static org.wgj.tun.linux.Errno.EIO;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.events.Event;
import org.wgj.events.EventHub;
import org.wgj.events.Follower;
import org.wgj.process.ProcessInfo;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tunnel.Configurable;
import org.wgj.tunnel.StatusWithKeys;
import org.wgj.tunnel.text.ByteText;

import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The server's side of one connection, without the connection: bytes come in, replies go out
 * through {@link Connection}. It answers any number of operations, one after the other, and reads
 * the next operation only after it has answered the previous one.
 *
 * <pre>
 *               get=1              blank line
 *   OPERATION ---------> GET -------------------------> (keys, reply)     ---> OPERATION
 *       |      engine=1            blank line
 *       +--------------> DATA_PATH -------------------> (data path, reply) --> OPERATION
 *       |      events=1            blank line
 *       +--------------> EVENTS ----------------------> (reply, then events until the end)
 *       |      reload=REQUEST      blank line
 *       +--------------> RELOAD ----------------------> (reply) -------------> OPERATION
 *       |                 +-- another line ---+
 *       |                                     v   blank line
 *       |                                  FAILED -----> (reply) ------------> OPERATION
 *       | set=1                               ^
 *       +--------------> SET ---- error ------+
 *       |                 +------ blank line ----------> (reply) ------------> OPERATION
 *       | another line
 *       +--------------> closed
 * </pre>
 *
 * <p>The session reads nothing while it waits for a change, a status or the delivery of a reply. So
 * a connection holds the bytes of one read, however much the client sends, and operations stay in
 * order. The device section of a set request is one change of the tunnel; each read's worth of peer
 * lines is one change. A change that fails has no effect; earlier changes stay. After an error the
 * session skips the rest of the request before it replies, because {@code wg} writes the whole
 * request before it reads the reply.
 *
 * <p>A connection that asked for events is used for nothing else: further input is ignored, and the
 * end of the input ends it.
 *
 * <p>The end of the input ends an operation, and a set request is applied as far as it came. An
 * incomplete last line is an error, unlike in wireguard-go: {@code 10.0.0.0/2} may be the beginning
 * of {@code 10.0.0.0/24}.
 *
 * <p>The errno in a reply is negative after a set and positive after a get, because {@code wg}
 * reads it so. Every malformed request gets a negative one, as from wireguard-go.
 *
 * <p>Owned by one thread, on which {@link Connection#execute} runs tasks.
 */
final class UapiSession {
    /** The connection of a session. */
    interface Connection {
        /** False as soon as the connection cannot take a reply any more. */
        boolean isOpen();

        /**
         * Returns whether {@link #write} may be called. The owner calls {@link #resumeSoon} when
         * this may have become true.
         */
        boolean isWritable();

        /**
         * Sends a reply or a piece of one, and overwrites its bytes afterwards.
         *
         * @param maxBytes the capacity of the buffer that {@code reply} fills
         */
        void write(int maxBytes, Consumer<ByteBuffer> reply);

        /** Asks for more input, which {@link #received} takes. */
        void read();

        /** Closes the connection after the replies have been delivered. */
        void closeAfterReplies();

        /**
         * Runs the task later, on the session's thread.
         *
         * @throws RejectedExecutionException if that thread has ended
         */
        void execute(Runnable task);
    }

    private enum State {
        OPERATION,
        GET,
        DATA_PATH,
        EVENTS,
        PROCESS,
        RELOAD,
        SET,
        FAILED
    }

    /** Input that has not been read to its end. */
    private record Input(ByteBuffer bytes, Runnable release) {}

    /** The device section has four lines; a longer one is applied in pieces. */
    private static final int HELD_COMMANDS = 64;

    private static final int CHUNK_BYTES = 16 << 10;
    private static final int CHUNK_EXCESS_BYTES = 1 << 10;
    private static final Logger log = LoggerFactory.getLogger(UapiSession.class);

    private final String name;
    private final Configurable tunnel;
    private final UapiServer.Reloading reloading; // null if the process has no files to reload
    private final EventHub events; // null if the process has none
    private final Connection connection;
    private final LineReader lines = new LineReader();
    private final Queue<Input> unread = new ArrayDeque<>(); // several only after the input's end

    private State state = State.OPERATION;
    private boolean busy; // waiting for the tunnel, or writing a status
    private boolean inputEnded;
    private boolean scheduled;
    private SetParser parser;
    private SetOperation operation;
    private List<SetCommand> held = List.of(); // of an unfinished device section
    private int failure; // the errno that FAILED will reply
    private GetReply reply; // while it is being written
    private String reloadRequest;
    private Follower follower; // not null once the client follows events

    /**
     * @param reloadingOrNull null if {@code reload} is an unknown operation
     * @param eventsOrNull null if {@code events} is an unknown operation
     */
    UapiSession(
            String name,
            Configurable tunnel,
            UapiServer.Reloading reloadingOrNull,
            EventHub eventsOrNull,
            Connection connection) {
        this.name = name;
        this.tunnel = tunnel;
        this.reloading = reloadingOrNull;
        this.events = eventsOrNull;
        this.connection = connection;
    }

    /**
     * Takes input over.
     *
     * @param release overwrites and frees the bytes; called once, when the session needs them no
     *     more
     */
    void received(ByteBuffer bytes, Runnable release) {
        unread.add(new Input(bytes, release));
        proceed();
    }

    /** The client sends nothing more, but may still read. */
    void inputEnded() {
        inputEnded = true;
        proceed();
    }

    /** Goes on later on the session's thread, so that it may be called from within a write. */
    void resumeSoon() {
        if (!scheduled) {
            scheduled = true;
            connection.execute(
                    () -> {
                        scheduled = false;
                        proceed();
                    });
        }
    }

    /** The connection is gone: overwrites what may hold keys. */
    void abandon() {
        lines.clear();
        SetCommand.wipe(held);
        held = List.of();
        unread.forEach(input -> input.release().run());
        unread.clear();
        if (reply != null) {
            endReply();
        }
        unfollow();
    }

    /** Does what can be done now. Called after every event that the session may wait for. */
    private void proceed() {
        while (connection.isOpen() && connection.isWritable()) {
            if (reply != null) {
                writeChunk();
                return;
            }
            if (follower != null) {
                goOnFollowing();
                return;
            }
            Input in = unread.peek();
            if (busy) {
                return;
            } else if (in != null) {
                consume(in.bytes());
                // If that closed the connection, abandon() may have released the input already.
                if (unread.peek() == in && !in.bytes().hasRemaining()) {
                    unread.remove().release().run();
                }
            } else if (inputEnded) {
                if (!consumeEnd()) {
                    return;
                }
            } else {
                connection.read();
                return;
            }
        }
    }

    /** Takes one line, or all complete lines of a set request. */
    private void consume(ByteBuffer in) {
        if (state == State.SET) {
            consumeSet(in);
            return;
        }
        ByteText line = lines.next(in);
        if (line == null) {
            return;
        }
        switch (state) {
            case OPERATION -> begin(line.toString());
            case GET, DATA_PATH, EVENTS, PROCESS, RELOAD -> {
                if (!line.isEmpty()) {
                    log.warn("{}: get: expected an empty line", name);
                    failure = -EINVAL; // as wireguard-go; wg never sends such a request
                    state = State.FAILED;
                } else if (state == State.GET) {
                    askConfiguration();
                } else if (state == State.DATA_PATH) {
                    askDataPath();
                } else if (state == State.EVENTS) {
                    follow();
                } else if (state == State.PROCESS) {
                    state = State.OPERATION;
                    write(ProcessText.reply(ProcessInfo.now()));
                } else {
                    reload();
                }
            }
            case FAILED -> {
                if (line.isEmpty()) {
                    reply(failure);
                }
            }
            case SET -> throw new IllegalStateException();
        }
    }

    private void begin(String line) {
        switch (line) {
            case "get=1" -> state = State.GET;
            case DataPathText.OPERATION -> state = State.DATA_PATH;
            case String follow when events != null && follow.equals(EventRecord.OPERATION) ->
                    state = State.EVENTS;
            case ProcessText.OPERATION -> state = State.PROCESS;
            case "set=1" -> {
                state = State.SET;
                parser = new SetParser();
                operation = new SetOperation();
            }
            case String reload
                    when reloading != null && reload.startsWith(ReloadText.OPERATION) -> {
                state = State.RELOAD;
                reloadRequest = reload;
            }
            default -> {
                log.warn("{}: unknown operation on the configuration socket", name);
                closeAfterReplies();
            }
        }
    }

    private void consumeSet(ByteBuffer in) {
        List<SetCommand> commands = new ArrayList<>(held);
        held = List.of();
        try {
            for (ByteText line; (line = lines.next(in)) != null; ) {
                if (line.isEmpty()) {
                    apply(commands, true, null);
                    return;
                }
                commands.add(parser.parse(line));
            }
            if (!parser.inPeer() && commands.size() < HELD_COMMANDS) {
                held = commands;
            } else if (!commands.isEmpty()) {
                apply(commands, false, null);
            }
        } catch (UapiException e) {
            lines.clear();
            apply(commands, false, e);
        }
    }

    /**
     * @param problemOrNull with the line after these commands
     */
    private void apply(List<SetCommand> commands, boolean ended, UapiException problemOrNull) {
        SetOperation ofThisRequest = operation;
        boolean last = ended || problemOrNull != null;
        await(
                () ->
                        tunnel.configure(editor -> ofThisRequest.apply(editor, commands, last))
                                .whenComplete((_, _) -> SetCommand.wipe(commands)),
                nothing -> {},
                (_, failed) -> {
                    Throwable problem = failed != null ? failed : problemOrNull;
                    int errno = problem == null ? 0 : -errno("set", problem);
                    if (ended) {
                        reply(errno);
                    } else if (errno != 0) {
                        failure = errno;
                        state = State.FAILED;
                    }
                });
    }

    private void askConfiguration() {
        await(
                tunnel::statusWithKeys,
                StatusWithKeys::wipe,
                (withKeys, failed) -> {
                    if (failed != null) {
                        reply(errno("get", failed));
                    } else {
                        reply = new GetReply(withKeys);
                        busy = true;
                    }
                });
    }

    private void askDataPath() {
        await(
                tunnel::dataPath,
                info -> {},
                (info, failed) -> {
                    if (failed != null) {
                        reply(errno("engine", failed));
                    } else {
                        state = State.OPERATION;
                        write(DataPathText.reply(info));
                    }
                });
    }

    private void follow() {
        follower =
                events.follow(
                        () -> {
                            try {
                                connection.execute(this::proceed);
                            } catch (RejectedExecutionException e) {
                                log.trace("{}: the server has closed", name);
                            }
                        });
        reply(follower == null ? EBUSY : 0);
    }

    /** Writes the events that wait, as far as the client takes them, and waits for its end. */
    private void goOnFollowing() {
        unread.forEach(input -> input.release().run());
        unread.clear();
        while (connection.isOpen() && connection.isWritable() && !follower.isEnded()) {
            Event event = follower.poll();
            if (event == null) {
                break;
            }
            write(EventRecord.write(event));
        }
        if (follower.isEnded() || inputEnded) {
            unfollow();
            closeAfterReplies();
        } else {
            connection.read();
        }
    }

    private void unfollow() {
        if (follower != null) {
            events.unfollow(follower);
            follower = null;
        }
    }

    private void reload() {
        await(
                () -> reloading.reload(reloadRequest),
                problems -> {},
                (problems, failed) -> {
                    if (failed != null) {
                        reply(errno("reload", failed));
                    } else {
                        state = State.OPERATION;
                        write(ReloadText.reply(problems));
                    }
                });
    }

    /**
     * Asks a question and goes on with its answer, on the session's thread.
     *
     * @param discard takes a value that comes after the connection has gone
     */
    private <T> void await(
            Supplier<CompletableFuture<T>> question,
            Consumer<T> discard,
            BiConsumer<T, Throwable> answer) {
        busy = true;
        CompletableFuture<T> future;
        try {
            future = question.get();
        } catch (RuntimeException e) {
            future = CompletableFuture.failedFuture(e);
        }
        var _ =
                future.whenComplete(
                        (value, failed) -> {
                            Runnable goneMeanwhile =
                                    failed == null ? () -> discard.accept(value) : () -> {};
                            try {
                                connection.execute(
                                        () -> {
                                            busy = false;
                                            if (connection.isOpen()) {
                                                answer.accept(value, failed);
                                                proceed();
                                            } else {
                                                goneMeanwhile.run();
                                            }
                                        });
                            } catch (RejectedExecutionException e) { // the server has closed
                                goneMeanwhile.run();
                            }
                        });
    }

    /** Writes one chunk and lets other events run, so that a large reply does not hold them up. */
    private void writeChunk() {
        connection.write(
                CHUNK_BYTES + CHUNK_EXCESS_BYTES,
                out -> {
                    boolean ended;
                    try {
                        ended = reply.write(out, CHUNK_BYTES);
                    } catch (RuntimeException e) { // a key has been wiped meanwhile
                        logUnexpected(e);
                        GetReply.put(out, GetReply.end(EIO));
                        ended = true;
                    }
                    if (ended) {
                        endReply();
                        busy = false;
                        state = State.OPERATION;
                    }
                });
        resumeSoon();
    }

    private void reply(int errno) {
        state = State.OPERATION;
        parser = null;
        operation = null;
        write(GetReply.end(errno));
    }

    /** Writes a reply without secrets. */
    private void write(String ascii) {
        connection.write(ascii.length(), out -> GetReply.put(out, ascii));
    }

    private void endReply() {
        reply.wipe();
        reply = null;
    }

    /** Returns false if there is nothing left to do. */
    private boolean consumeEnd() {
        boolean cutOff = lines.inLine();
        lines.clear();
        switch (state) {
            case SET -> {
                List<SetCommand> commands = held;
                held = List.of();
                apply(commands, true, cutOff ? parser.cutOff() : null);
            }
            case FAILED -> reply(failure);
            case OPERATION, GET, DATA_PATH, EVENTS, PROCESS, RELOAD -> {
                closeAfterReplies();
                return false;
            }
        }
        return true;
    }

    private void closeAfterReplies() {
        busy = true; // the session reads nothing more
        connection.closeAfterReplies();
    }

    /** Logs the problem and returns its errno, which is positive. */
    private int errno(String what, Throwable problem) {
        Throwable cause = problem;
        while (isWrapper(cause) && cause.getCause() != null) {
            cause = cause.getCause();
        }
        switch (cause) {
            case UapiException e -> {
                log.warn("{}: {}: {}", name, what, e.getMessage());
                return -e.errno();
            }
            case ErrnoException e -> {
                log.warn("{}: {}: {}", name, what, e.getMessage());
                return e.errno();
            }
            default -> {
                logUnexpected(cause);
                return EIO;
            }
        }
    }

    /**
     * Returns whether the exception's cause says more: the tunnel wraps a failed system call as the
     * JDK does.
     */
    private static boolean isWrapper(Throwable problem) {
        return problem instanceof CompletionException
                || problem instanceof SocketException
                        && problem.getCause() instanceof ErrnoException;
    }

    /** Logs where it happened, but not the message, which may repeat a secret. */
    void logUnexpected(Throwable problem) {
        StackTraceElement[] trace = problem.getStackTrace();
        log.error(
                "{}: configuration failed: {} at {}",
                name,
                problem.getClass().getName(),
                trace.length == 0 ? "an unknown place" : trace[0]);
    }
}
