package org.wgj.uapi;

import static org.wgj.tun.linux.Errno.EINVAL;
import static org.wgj.tun.linux.Errno.EIO;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.unix.UnixChannel;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.Configurable;
import org.wgj.tun.linux.ErrnoException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * One connection: any number of operations, one after the other, each answered before the next is
 * looked at.
 *
 * <pre>
 *               get=1              blank line
 *   OPERATION ---------> GET -------------------------> (status, reply) ---> OPERATION
 *       |      engine=1            blank line
 *       +--------------> ENGINE ----------------------> (engine, reply) ---> OPERATION
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
 * further care. What one read brought of a set is one change; nothing is rolled back. After an
 * error the rest of the request is swallowed first: {@code wg} writes the whole of it before it
 * reads the reply.
 *
 * <p>The end of the connection ends an operation; what came of a set is applied. (A line that it
 * cut short is not: wireguard-go applies it, but {@code 10.0.0.0/2} may have been meant to become
 * {@code 10.0.0.0/24}.)
 *
 * <p>The number in a reply is negative after a set and positive after a get, because {@code wg}
 * reads it so. Buffers are overwritten after use, since keys pass through them. Owned by the event
 * loop.
 */
final class UapiConnection extends ChannelInboundHandlerAdapter {
    private enum State {
        OPERATION,
        GET,
        ENGINE,
        SET,
        FAILED
    }

    private static final int CHUNK_BYTES = 16 << 10;
    private static final int RETRY_MS = 5;
    private static final int CHUNK_EXCESS_BYTES = 1 << 10;
    private static final Logger log = LoggerFactory.getLogger(UapiConnection.class);

    private final String name;
    private final Configurable tunnel;
    private final LineReader lines = new LineReader();
    private final Queue<ByteBuf> unread =
            new ArrayDeque<>(); // several only when the other side has closed

    private ChannelHandlerContext context;
    private State state = State.OPERATION;
    private boolean busy; // waiting for the tunnel, or writing a status
    private boolean inputEnded;
    private boolean scheduled;
    private SetParser parser;
    private SetOperation operation;
    private int failure; // what FAILED will reply
    private GetReply reply; // while it is being written
    private int inNetty; // writes that Netty has not finished
    private ByteBuf direct; // what is written past Netty

    UapiConnection(String name, Configurable tunnel) {
        this.name = name;
        this.tunnel = tunnel;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        this.context = context;
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
        while (context.channel().isActive() && isWritable()) {
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
                    discard(unread.remove());
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
            case GET, ENGINE -> {
                if (!line.isEmpty()) {
                    log.warn("{}: get: expected an empty line", name);
                    failure = EINVAL;
                    state = State.FAILED;
                } else if (state == State.GET) {
                    askStatus();
                } else {
                    askEngine();
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
            case EngineText.OPERATION -> state = State.ENGINE;
            case "set=1" -> {
                state = State.SET;
                parser = new SetParser();
                operation = new SetOperation();
            }
            default -> {
                log.warn("{}: unknown operation on the configuration socket", name);
                closeAfterReplies();
            }
        }
    }

    private void consumeSet(ByteBuf in) {
        List<SetCommand> commands = new ArrayList<>();
        try {
            for (ByteText line; (line = lines.next(in)) != null; ) {
                if (line.isEmpty()) {
                    apply(commands, true, null);
                    return;
                }
                commands.add(parser.parse(line));
            }
            if (!commands.isEmpty()) {
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
                tunnel::status,
                (status, failed) -> {
                    if (failed != null) {
                        reply(errno("get", failed));
                    } else {
                        reply = new GetReply(status);
                        busy = true;
                    }
                });
    }

    private void askEngine() {
        await(
                tunnel::engine,
                (engine, failed) -> {
                    if (failed != null) {
                        reply(errno("engine", failed));
                        return;
                    }
                    state = State.OPERATION;
                    ByteBuf out = context.alloc().directBuffer(CHUNK_EXCESS_BYTES);
                    EngineText.write(out, engine);
                    write(out);
                });
    }

    private <T> void await(
            Supplier<CompletableFuture<T>> question, BiConsumer<T, Throwable> answer) {
        busy = true;
        CompletableFuture<T> future;
        try {
            future = question.get();
        } catch (RuntimeException e) {
            future = CompletableFuture.failedFuture(e);
        }
        var _ =
                future.whenCompleteAsync(
                        (value, failed) -> {
                            busy = false;
                            if (context.channel().isActive()) {
                                answer.accept(value, failed);
                                proceed();
                            }
                        },
                        context.executor());
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
        write(out);
        schedule();
    }

    private void reply(int errno) {
        state = State.OPERATION;
        parser = null;
        operation = null;
        ByteBuf out = context.alloc().directBuffer(32);
        GetReply.end(out, errno);
        write(out);
    }

    private boolean isWritable() {
        return direct == null && (inputEnded ? inNetty == 0 : context.channel().isWritable());
    }

    private void write(ByteBuf out) {
        if (inputEnded) {
            direct = out;
            writeDirectly();
            return;
        }
        inNetty++;
        out.retain();
        context.writeAndFlush(out)
                .addListener(
                        _ -> {
                            discard(out);
                            inNetty--;
                            schedule();
                        });
    }

    /**
     * Writes to a side that sends no more but still reads. Netty 4.2.18 has removed its descriptor
     * from epoll by then and closes it when it would have to wait for room (EPOLL_CTL_MOD says
     * ENOENT), so this asks again instead.
     */
    private void writeDirectly() {
        if (direct == null) {
            return; // the connection is gone
        }
        try {
            while (direct.isReadable()) {
                ByteBuffer bytes = direct.nioBuffer();
                int written =
                        ((UnixChannel) context.channel())
                                .fd()
                                .write(bytes, bytes.position(), bytes.limit());
                if (written <= 0) {
                    context.executor()
                            .schedule(this::writeDirectly, RETRY_MS, TimeUnit.MILLISECONDS);
                    return;
                }
                direct.skipBytes(written);
            }
            discard(direct);
            direct = null;
            schedule();
        } catch (IOException e) {
            exceptionCaught(context, e);
        }
    }

    /** Overwrites and releases. */
    private static void discard(ByteBuf used) {
        used.setZero(0, used.writerIndex());
        used.release();
    }

    private void endReply() {
        reply.wipe();
        reply = null;
    }

    /** The connection is gone: what is left of it may hold keys. */
    private void abandon() {
        lines.clear();
        unread.forEach(UapiConnection::discard);
        unread.clear();
        if (direct != null) {
            discard(direct);
            direct = null;
        }
        if (reply != null) {
            endReply();
        }
    }

    /** False when there is nothing left to do. */
    private boolean consumeEnd() {
        boolean cutOff = lines.inLine();
        lines.clear();
        switch (state) {
            case SET -> apply(List.of(), true, cutOff ? parser.cutOff() : null);
            case FAILED -> reply(failure);
            case OPERATION, GET, ENGINE -> {
                closeAfterReplies();
                return false;
            }
        }
        return true;
    }

    /** Netty's close alone would drop what the other side has not taken yet. */
    private void closeAfterReplies() {
        busy = true; // nothing more is looked at
        context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    /** Positive; logged with the reason. */
    private int errno(String what, Throwable problem) {
        Throwable cause = problem;
        while (cause instanceof CompletionException && cause.getCause() != null) {
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
