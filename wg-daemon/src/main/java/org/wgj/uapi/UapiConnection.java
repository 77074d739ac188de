// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import static org.wgj.tun.linux.Errno.EINVAL;
import static org.wgj.tun.linux.Errno.EIO;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tunnel.Configurable;
import org.wgj.tunnel.TunnelConfiguration;
import org.wgj.tunnel.text.ByteText;

import java.io.IOException;
import java.net.SocketException;
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
 * One connection: any number of operations, one after the other, each answered before the next is
 * looked at.
 *
 * <pre>
 *               get=1              blank line
 *   OPERATION ---------> GET -------------------------> (keys, reply)   ---> OPERATION
 *       |      engine=1            blank line
 *       +--------------> ENGINE ----------------------> (engine, reply) ---> OPERATION
 *       |      reload=REQUEST      blank line
 *       +--------------> RELOAD ----------------------> (reply) -----------> OPERATION
 *       |                 +-- another line ---+
 *       |                                     v   blank line
 *       |                                  FAILED -----> (reply) ----------> OPERATION
 *       | set=1                               ^
 *       +--------------> SET ---- error ------+
 *       |                 +------ blank line ----------> (reply) ----------> OPERATION
 *       | another line
 *       +--------------> closed
 * </pre>
 *
 * <p>Nothing is read while a change is under way, a status awaited or a reply not yet taken, so
 * that a connection holds a read's worth of bytes whatever is sent to it, and order needs no
 * further care. The device's section of a set is one change, and so is what one read brought of the
 * peers; a change that fails has no effect, and those before it stay. After an error the rest of
 * the request is swallowed first: {@code wg} writes the whole of it before it reads the reply.
 *
 * <p>The end of the connection ends an operation; what came of a set is applied. (A line that it
 * cut short is not: wireguard-go applies it, but {@code 10.0.0.0/2} may have been meant to become
 * {@code 10.0.0.0/24}.)
 *
 * <p>The number in a reply is negative after a set and positive after a get, because {@code wg}
 * reads it so; malformed requests of any kind get negative ones, as from wireguard-go. Buffers are
 * overwritten after use, since keys pass through them. Owned by the event loop.
 */
final class UapiConnection extends ChannelInboundHandlerAdapter {
    private enum State {
        OPERATION,
        GET,
        ENGINE,
        RELOAD,
        SET,
        FAILED
    }

    /** A device's section has four lines; a longer one is applied in pieces. */
    private static final int HELD_COMMANDS = 64;

    private static final int CHUNK_BYTES = 16 << 10;
    private static final int CHUNK_EXCESS_BYTES = 1 << 10;
    private static final Logger log = LoggerFactory.getLogger(UapiConnection.class);

    private final String name;
    private final Configurable tunnel;
    private final UapiServer.Reloading reloading; // null where that is no operation
    private final LineReader lines = new LineReader();
    private final Queue<ByteBuf> unread =
            new ArrayDeque<>(); // several only when the other side has closed

    private ChannelHandlerContext context;
    private ReplyWriter writer;
    private State state = State.OPERATION;
    private boolean busy; // waiting for the tunnel, or writing a status
    private boolean inputEnded;
    private boolean scheduled;
    private SetParser parser;
    private SetOperation operation;
    private List<SetCommand> held = List.of(); // of a device's section that goes on
    private int failure; // what FAILED will reply
    private GetReply reply; // while it is being written
    private String reloadRequest;

    UapiConnection(String name, Configurable tunnel, UapiServer.Reloading reloading) {
        this.name = name;
        this.tunnel = tunnel;
        this.reloading = reloading;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        this.context = context;
        writer = new ReplyWriter(context, this::schedule);
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        context.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        unread.add((ByteBuf) message);
        proceed();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            inputEnded = true;
            writer.inputEnded();
            proceed();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        schedule(); // not at once: this is called from within a write
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        abandon();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof IOException) {
            log.debug("{}: configuration connection lost: {}", name, cause.toString());
        } else {
            unexpected(cause);
        }
        context.close();
    }

    private void schedule() {
        if (!scheduled) {
            scheduled = true;
            context.executor()
                    .execute(
                            () -> {
                                scheduled = false;
                                proceed();
                            });
        }
    }

    /**
     * Does what can be done now; called whenever something happened that may have been waited for.
     */
    private void proceed() {
        while (context.channel().isActive() && writer.isWritable()) {
            if (reply != null) {
                writeChunk();
                return;
            }
            ByteBuf in = unread.peek();
            if (busy) {
                return;
            } else if (in != null) {
                consume(in);
                // When that closed the connection, what was unread may be gone already.
                if (unread.peek() == in && !in.isReadable()) {
                    ReplyWriter.discard(unread.remove());
                }
            } else if (inputEnded) {
                if (!consumeEnd()) {
                    return;
                }
            } else {
                context.read();
                return;
            }
        }
    }

    /** Takes one line, or of a set as many as there are. */
    private void consume(ByteBuf in) {
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
            case GET, ENGINE, RELOAD -> {
                if (!line.isEmpty()) {
                    log.warn("{}: get: expected an empty line", name);
                    failure = -EINVAL; // as wireguard-go; wg never sends such a request
                    state = State.FAILED;
                } else if (state == State.GET) {
                    askStatus();
                } else if (state == State.ENGINE) {
                    askEngine();
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
            case DataPathText.OPERATION -> state = State.ENGINE;
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

    private void consumeSet(ByteBuf in) {
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

    private void askStatus() {
        await(
                tunnel::configuration,
                TunnelConfiguration::wipe,
                (configuration, failed) -> {
                    if (failed != null) {
                        reply(errno("get", failed));
                    } else {
                        reply = new GetReply(configuration);
                        busy = true;
                    }
                });
    }

    private void askEngine() {
        await(
                tunnel::dataPath,
                engine -> {},
                (engine, failed) -> {
                    if (failed != null) {
                        reply(errno("engine", failed));
                        return;
                    }
                    state = State.OPERATION;
                    ByteBuf out = context.alloc().directBuffer(CHUNK_EXCESS_BYTES);
                    DataPathText.write(out, engine);
                    writer.write(out);
                });
    }

    private void reload() {
        await(
                () -> reloading.reload(reloadRequest),
                problems -> {},
                (problems, failed) -> {
                    if (failed != null) {
                        reply(errno("reload", failed));
                        return;
                    }
                    state = State.OPERATION;
                    ByteBuf out = context.alloc().directBuffer(CHUNK_EXCESS_BYTES);
                    ReloadText.write(out, problems);
                    writer.write(out);
                });
    }

    /**
     * @param discard takes a value that comes when the connection has gone
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
                                context.executor()
                                        .execute(
                                                () -> {
                                                    busy = false;
                                                    if (context.channel().isActive()) {
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

    /** One at a time, so that one large reply is no long turn on the event loop. */
    private void writeChunk() {
        ByteBuf out = context.alloc().directBuffer(CHUNK_BYTES + CHUNK_EXCESS_BYTES);
        boolean ended;
        try {
            ended = reply.write(out, CHUNK_BYTES);
        } catch (RuntimeException e) { // a key was wiped since
            unexpected(e);
            GetReply.end(out, EIO);
            ended = true;
        }
        if (ended) {
            endReply();
            busy = false;
            state = State.OPERATION;
        }
        writer.write(out);
        schedule();
    }

    private void reply(int errno) {
        state = State.OPERATION;
        parser = null;
        operation = null;
        ByteBuf out = context.alloc().directBuffer(32);
        GetReply.end(out, errno);
        writer.write(out);
    }

    private void endReply() {
        reply.wipe();
        reply = null;
    }

    /** The connection is gone: what is left of it may hold keys. */
    private void abandon() {
        lines.clear();
        SetCommand.wipe(held);
        held = List.of();
        unread.forEach(ReplyWriter::discard);
        unread.clear();
        writer.wipe();
        if (reply != null) {
            endReply();
        }
    }

    /** False when there is nothing left to do. */
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
            case OPERATION, GET, ENGINE, RELOAD -> {
                closeAfterReplies();
                return false;
            }
        }
        return true;
    }

    private void closeAfterReplies() {
        busy = true; // nothing more is looked at
        writer.closeAfterReplies();
    }

    /** Positive; logged with the reason. */
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
                unexpected(cause);
                return EIO;
            }
        }
    }

    /** Whether its cause says more: the tunnel wraps a failed system call as the JDK does. */
    private static boolean isWrapper(Throwable problem) {
        return problem instanceof CompletionException
                || problem instanceof SocketException
                        && problem.getCause() instanceof ErrnoException;
    }

    /** Where, but not the message: nobody vouches for what it repeats. */
    private void unexpected(Throwable problem) {
        StackTraceElement[] trace = problem.getStackTrace();
        log.error(
                "{}: configuration failed: {} at {}",
                name,
                problem.getClass().getName(),
                trace.length == 0 ? "an unknown place" : trace[0]);
    }
}
