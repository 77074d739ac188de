// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.socket;

import jdk.net.ExtendedSocketOptions;

import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The options of a datagram socket. Any thread may call the methods. */
final class DatagramSettings {
    static final Set<SocketOption<?>> SUPPORTED =
            Set.of(
                    StandardSocketOptions.SO_RCVBUF,
                    StandardSocketOptions.SO_SNDBUF,
                    StandardSocketOptions.SO_REUSEADDR,
                    StandardSocketOptions.SO_BROADCAST,
                    StandardSocketOptions.IP_TOS,
                    ExtendedSocketOptions.IP_DONTFRAGMENT);

    /** Linux' net.core.rmem_default. */
    private static final int DEFAULT_BUFFER = 212_992;

    private static final int MIN_BUFFER = 2304;
    static final int MAX_BUFFER = 4 * 1024 * 1024;

    private final Map<SocketOption<?>, Object> values = new ConcurrentHashMap<>();
    private volatile int timeoutMs;
    private volatile int receiveBuffer = DEFAULT_BUFFER;
    private volatile int sendBuffer = DEFAULT_BUFFER;
    private volatile boolean dontFragment;
    private volatile int trafficClass;

    int timeoutMs() {
        return timeoutMs;
    }

    void timeoutMs(int milliseconds) {
        timeoutMs = milliseconds;
    }

    int receiveBuffer() {
        return receiveBuffer;
    }

    int sendBuffer() {
        return sendBuffer;
    }

    boolean dontFragment() {
        return dontFragment;
    }

    int trafficClass() {
        return trafficClass;
    }

    <T> void set(SocketOption<T> option, T value) {
        ensureSupported(option);
        if (!option.type().isInstance(value)) {
            throw new IllegalArgumentException("Invalid value '" + value + "'");
        }
        if (option == StandardSocketOptions.SO_RCVBUF) {
            receiveBuffer = size((Integer) value);
        } else if (option == StandardSocketOptions.SO_SNDBUF) {
            sendBuffer = size((Integer) value);
        } else if (option == ExtendedSocketOptions.IP_DONTFRAGMENT) {
            dontFragment = (Boolean) value;
        } else if (option == StandardSocketOptions.IP_TOS) {
            int number = (Integer) value;
            if (number < 0 || number > 255) {
                throw new IllegalArgumentException("Invalid IP_TOS value '" + number + "'");
            }
            trafficClass = number;
        } else {
            values.put(option, value);
        }
    }

    private static int size(int wanted) {
        if (wanted < 0) {
            throw new IllegalArgumentException("Invalid buffer size " + wanted);
        }
        return Math.clamp(wanted, MIN_BUFFER, MAX_BUFFER); // silently, as Linux
    }

    @SuppressWarnings("unchecked")
    <T> T get(SocketOption<T> option) {
        ensureSupported(option);
        Object value;
        if (option == StandardSocketOptions.SO_RCVBUF) {
            value = receiveBuffer;
        } else if (option == StandardSocketOptions.SO_SNDBUF) {
            value = sendBuffer;
        } else if (option == ExtendedSocketOptions.IP_DONTFRAGMENT) {
            value = dontFragment;
        } else if (option == StandardSocketOptions.IP_TOS) {
            value = trafficClass;
        } else {
            // The JDK switches broadcast on for each datagram socket.
            value = values.getOrDefault(option, option == StandardSocketOptions.SO_BROADCAST);
        }
        return (T) value;
    }

    private static void ensureSupported(SocketOption<?> option) {
        if (!SUPPORTED.contains(option)) {
            throw new UnsupportedOperationException("'" + option + "' not supported");
        }
    }
}
