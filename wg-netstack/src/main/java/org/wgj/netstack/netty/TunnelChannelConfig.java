// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.netty;

import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;

import org.wgj.netstack.tcp.TcpOptions;

import java.util.Map;

/**
 * The options of a connection: those of every channel, half-closure, and of TCP: no delay (on, as
 * Netty has it), keepalive, buffers and the traffic class. The event loop owns it.
 */
final class TunnelChannelConfig extends DefaultChannelConfig {
    private final TunnelChannel channel;
    private volatile boolean halfClosure;
    private volatile int lingerSeconds = -1;
    private volatile TcpOptions tcp = TcpOptions.DEFAULT.withNoDelay(true);

    TunnelChannelConfig(TunnelChannel channel) {
        super(channel);
        this.channel = channel;
    }

    TcpOptions tcp() {
        return tcp;
    }

    boolean allowsHalfClosure() {
        return halfClosure;
    }

    int lingerSeconds() {
        return lingerSeconds;
    }

    @Override
    public Map<ChannelOption<?>, Object> getOptions() {
        return getOptions(
                super.getOptions(),
                ChannelOption.ALLOW_HALF_CLOSURE,
                ChannelOption.TCP_NODELAY,
                ChannelOption.SO_KEEPALIVE,
                ChannelOption.SO_LINGER,
                ChannelOption.SO_RCVBUF,
                ChannelOption.SO_SNDBUF,
                ChannelOption.IP_TOS);
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> T getOption(ChannelOption<T> option) {
        Object value;
        if (option == ChannelOption.ALLOW_HALF_CLOSURE) {
            value = halfClosure;
        } else if (option == ChannelOption.TCP_NODELAY) {
            value = tcp.noDelay();
        } else if (option == ChannelOption.SO_KEEPALIVE) {
            value = tcp.keepAlive();
        } else if (option == ChannelOption.SO_LINGER) {
            value = lingerSeconds;
        } else if (option == ChannelOption.SO_RCVBUF) {
            value = tcp.receiveBuffer();
        } else if (option == ChannelOption.SO_SNDBUF) {
            value = tcp.sendBuffer();
        } else if (option == ChannelOption.IP_TOS) {
            value = tcp.trafficClass();
        } else {
            return super.getOption(option);
        }
        return (T) value;
    }

    @Override
    public <T> boolean setOption(ChannelOption<T> option, T value) {
        validate(option, value);
        if (option == ChannelOption.ALLOW_HALF_CLOSURE) {
            halfClosure = (Boolean) value;
        } else if (option == ChannelOption.TCP_NODELAY) {
            change(tcp.withNoDelay((Boolean) value));
        } else if (option == ChannelOption.SO_KEEPALIVE) {
            change(tcp.withKeepAlive((Boolean) value));
        } else if (option == ChannelOption.SO_LINGER) {
            lingerSeconds = (Integer) value;
        } else if (option == ChannelOption.SO_RCVBUF) {
            change(tcp.withBuffers((Integer) value, tcp.sendBuffer()));
        } else if (option == ChannelOption.SO_SNDBUF) {
            change(tcp.withBuffers(tcp.receiveBuffer(), (Integer) value));
        } else if (option == ChannelOption.IP_TOS) {
            change(tcp.withTrafficClass((Integer) value));
        } else {
            return super.setOption(option, value);
        }
        return true;
    }

    private void change(TcpOptions changed) {
        tcp = changed;
        channel.optionsChanged(changed);
    }
}
