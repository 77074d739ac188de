// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.socket;

import jdk.net.ExtendedSocketOptions;

import org.wgj.netstack.tcp.TcpOptions;

import java.net.SocketException;
import java.net.SocketOption;
import java.net.SocketOptions;
import java.net.StandardSocketOptions;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The options of a TCP socket, set before or after it is connected. Any thread may call the
 * methods.
 */
final class SocketSettings {
    private static final Set<SocketOption<?>> CLIENT =
            Set.of(
                    StandardSocketOptions.SO_RCVBUF,
                    StandardSocketOptions.SO_SNDBUF,
                    StandardSocketOptions.SO_REUSEADDR,
                    StandardSocketOptions.SO_KEEPALIVE,
                    StandardSocketOptions.SO_LINGER,
                    StandardSocketOptions.TCP_NODELAY,
                    StandardSocketOptions.IP_TOS,
                    ExtendedSocketOptions.TCP_KEEPIDLE,
                    ExtendedSocketOptions.TCP_KEEPINTERVAL,
                    ExtendedSocketOptions.TCP_KEEPCOUNT,
                    UserTimeoutOption.TCP_USER_TIMEOUT);

    private static final Set<SocketOption<?>> SERVER =
            Set.of(
                    StandardSocketOptions.SO_RCVBUF,
                    StandardSocketOptions.SO_REUSEADDR,
                    StandardSocketOptions.IP_TOS,
                    ExtendedSocketOptions.TCP_KEEPIDLE,
                    ExtendedSocketOptions.TCP_KEEPINTERVAL,
                    ExtendedSocketOptions.TCP_KEEPCOUNT,
                    UserTimeoutOption.TCP_USER_TIMEOUT);

    private static final int MAX_LINGER = 65_535;

    /** The buffer's size that is shown while the stack chooses it; it begins with this. */
    private static final int INITIAL_BUFFER = 64 * 1024;

    private static final int MIN_BUFFER = 2304; // Linux' SOCK_MIN_RCVBUF

    /** As much as the least window scale of the stack can announce. */
    private static final int MAX_BUFFER = 8 * 1024 * 1024;

    private final Map<SocketOption<?>, Object> values = new ConcurrentHashMap<>();
    private volatile int timeoutMs;
    private volatile boolean inline;

    SocketSettings() {}

    /** Returns what a connection inherits from the socket that listened, as on Linux. */
    SocketSettings inherited() {
        SocketSettings child = new SocketSettings();
        child.values.putAll(values);
        child.values.remove(StandardSocketOptions.SO_REUSEADDR);
        return child;
    }

    static Set<SocketOption<?>> supported(boolean server) {
        return server ? SERVER : CLIENT;
    }

    int timeoutMs() {
        return timeoutMs;
    }

    int lingerSeconds() {
        return (Integer) get(StandardSocketOptions.SO_LINGER);
    }

    int receiveBuffer() {
        return (Integer) get(StandardSocketOptions.SO_RCVBUF);
    }

    Object get(SocketOption<?> option) {
        Object value = values.get(option);
        return value == null ? defaultOf(option) : value;
    }

    private static Object defaultOf(SocketOption<?> option) {
        TcpOptions defaults = TcpOptions.DEFAULT;
        if (option == StandardSocketOptions.SO_RCVBUF
                || option == StandardSocketOptions.SO_SNDBUF) {
            return INITIAL_BUFFER;
        } else if (option == StandardSocketOptions.SO_LINGER) {
            return -1;
        } else if (option == StandardSocketOptions.IP_TOS) {
            return defaults.trafficClass();
        } else if (option == ExtendedSocketOptions.TCP_KEEPIDLE) {
            return defaults.keepIdleSeconds();
        } else if (option == ExtendedSocketOptions.TCP_KEEPINTERVAL) {
            return defaults.keepIntervalSeconds();
        } else if (option == ExtendedSocketOptions.TCP_KEEPCOUNT) {
            return defaults.keepCount();
        } else if (option == UserTimeoutOption.TCP_USER_TIMEOUT) {
            return 0;
        }
        return false;
    }

    void set(SocketOption<?> option, Object value) {
        if (!option.type().isInstance(value)) {
            throw new IllegalArgumentException("Invalid value '" + value + "'");
        }
        Object checked = value;
        if (value instanceof Integer number) {
            checked = checked(option, number);
        }
        values.put(option, checked);
    }

    private static int checked(SocketOption<?> option, int number) {
        if (option == StandardSocketOptions.SO_LINGER) {
            return Math.min(Math.max(number, -1), MAX_LINGER);
        }
        if (option == StandardSocketOptions.IP_TOS) {
            return requireRange("IP_TOS", number, 0, 255);
        }
        if (option == ExtendedSocketOptions.TCP_KEEPIDLE
                || option == ExtendedSocketOptions.TCP_KEEPINTERVAL) {
            return requireRange(option.name(), number, 1, 32_767); // as Linux
        }
        if (option == ExtendedSocketOptions.TCP_KEEPCOUNT) {
            return requireRange(option.name(), number, 1, 127); // as Linux
        }
        if (option == UserTimeoutOption.TCP_USER_TIMEOUT) {
            return requireRange(option.name(), number, 0, Integer.MAX_VALUE);
        }
        int size = requireRange(option.name(), number, 0, Integer.MAX_VALUE);
        return Math.clamp(size, MIN_BUFFER, MAX_BUFFER); // silently, as Linux
    }

    private static int requireRange(String name, int number, int least, int most) {
        if (number < least || number > most) {
            throw new IllegalArgumentException("Invalid " + name + " value '" + number + "'");
        }
        return number;
    }

    /** Sets an option by its number, as {@code Socket.setSoTimeout} and its like do. */
    void set(int id, Object value) throws SocketException {
        switch (id) {
            case SocketOptions.SO_TIMEOUT -> timeoutMs = number(value, "SO_TIMEOUT");
            case SocketOptions.SO_LINGER ->
                    set(
                            StandardSocketOptions.SO_LINGER,
                            value instanceof Boolean ? -1 : number(value, "SO_LINGER"));
            case SocketOptions.SO_OOBINLINE -> {
                if (!(value instanceof Boolean wanted)) {
                    throw new SocketException("Bad value for SO_OOBINLINE");
                }
                inline = wanted; // without effect: the stack has urgent data in line
            }
            default -> {
                SocketOption<?> option = option(id);
                if (!option.type().isInstance(value)) {
                    throw new SocketException("Bad value for " + option.name());
                }
                set(option, value);
            }
        }
    }

    private static int number(Object value, String name) throws SocketException {
        if (value instanceof Integer number && number >= 0) {
            return number;
        }
        throw new SocketException("Bad value for " + name);
    }

    /** Returns an option by its number. */
    Object get(int id) throws SocketException {
        return switch (id) {
            case SocketOptions.SO_TIMEOUT -> timeoutMs;
            case SocketOptions.SO_OOBINLINE -> inline;
            default -> get(option(id));
        };
    }

    private static SocketOption<?> option(int id) throws SocketException {
        return switch (id) {
            case SocketOptions.TCP_NODELAY -> StandardSocketOptions.TCP_NODELAY;
            case SocketOptions.SO_LINGER -> StandardSocketOptions.SO_LINGER;
            case SocketOptions.SO_SNDBUF -> StandardSocketOptions.SO_SNDBUF;
            case SocketOptions.SO_RCVBUF -> StandardSocketOptions.SO_RCVBUF;
            case SocketOptions.SO_KEEPALIVE -> StandardSocketOptions.SO_KEEPALIVE;
            case SocketOptions.SO_REUSEADDR -> StandardSocketOptions.SO_REUSEADDR;
            case SocketOptions.IP_TOS -> StandardSocketOptions.IP_TOS;
            default -> throw new SocketException("Unknown option " + id);
        };
    }

    /** Returns the options as the stack wants them. */
    TcpOptions toTcp() {
        return new TcpOptions(
                (Boolean) get(StandardSocketOptions.TCP_NODELAY),
                (Boolean) get(StandardSocketOptions.SO_KEEPALIVE),
                (Integer) get(ExtendedSocketOptions.TCP_KEEPIDLE),
                (Integer) get(ExtendedSocketOptions.TCP_KEEPINTERVAL),
                (Integer) get(ExtendedSocketOptions.TCP_KEEPCOUNT),
                chosen(StandardSocketOptions.SO_RCVBUF),
                chosen(StandardSocketOptions.SO_SNDBUF),
                TcpOptions.DEFAULT.lingerSeconds(), // TcpStream does that
                TimeUnit.MILLISECONDS.toNanos((Integer) get(UserTimeoutOption.TCP_USER_TIMEOUT)),
                TcpOptions.DEFAULT.congestionOrNull(), // the stack's
                (Integer) get(StandardSocketOptions.IP_TOS));
    }

    /** Returns a buffer's size; 0 if the program left it to the stack. */
    private int chosen(SocketOption<Integer> option) {
        return (Integer) values.getOrDefault(option, 0);
    }
}
