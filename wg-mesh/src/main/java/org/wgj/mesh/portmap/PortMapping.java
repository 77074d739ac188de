// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.portmap;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.Consumer;

/**
 * One port that the router is asked to forward: a state machine without I/O. Times in ns of one
 * clock.
 *
 * <p>It asks by PCP, then by NAT-PMP: at 0, 250 and 750 ms, and gives up 1 s later. A mapping is
 * renewed at half its life. After a failure it asks again each {@value #RETRY_MINUTES} minutes.
 */
final class PortMapping {
    /** The life that is asked for, in seconds. */
    static final int LIFETIME = 7_200;

    static final int RETRY_MINUTES = 15;

    static final long NEVER = Long.MAX_VALUE;

    private static final long MS = 1_000_000;
    private static final long SECOND = 1_000 * MS;
    private static final long[] WAITS = {250 * MS, 500 * MS, SECOND};
    private static final long RETRY = RETRY_MINUTES * 60 * SECOND;

    /** Renewals are never more frequent, whatever life the router grants. */
    private static final long SHORTEST_RENEWAL = 60 * SECOND;

    private enum Protocol {
        PCP,
        NAT_PMP
    }

    private final int port;
    private final InetAddress own;
    private final byte[] nonce;
    private final Consumer<byte[]> output;
    private final Consumer<InetSocketAddress> mapped;

    private Protocol protocol = Protocol.PCP;
    private int tries;
    private long dueNs;
    private boolean asking;
    private InetAddress natPmpAddressOrNull;
    private Granted natPmpGrantedOrNull;
    private Granted grantedOrNull;
    private InetSocketAddress outerOrNull;
    private long grantedNs;

    /**
     * @param port the own UDP port
     * @param own the own address, as the router sees it
     * @param nonce {@link Pcp#NONCE_LENGTH} random bytes
     * @param output sends a datagram to the router
     * @param mapped told the outer address and port; null when there is none any more
     */
    PortMapping(
            int port,
            InetAddress own,
            byte[] nonce,
            Consumer<byte[]> output,
            Consumer<InetSocketAddress> mapped) {
        this.port = port;
        this.own = own;
        this.nonce = nonce.clone();
        this.output = output;
        this.mapped = mapped;
    }

    /** Begins to ask. */
    void begin(long nowNs) {
        protocol = Protocol.PCP;
        ask(nowNs);
    }

    private void ask(long nowNs) {
        asking = true;
        tries = 0;
        natPmpAddressOrNull = null;
        natPmpGrantedOrNull = null;
        send(nowNs);
    }

    private void send(long nowNs) {
        request(LIFETIME);
        dueNs = nowNs + WAITS[tries];
        tries++;
    }

    private void request(int lifetime) {
        int suggested = outerOrNull == null ? port : outerOrNull.getPort();
        if (protocol == Protocol.PCP) {
            InetAddress address = outerOrNull == null ? null : outerOrNull.getAddress();
            output.accept(Pcp.request(own, nonce, port, suggested, address, lifetime));
        } else if (lifetime == 0) {
            output.accept(NatPmp.request(port, 0, 0)); // RFC 6886, 3.4: the port must be 0
        } else {
            output.accept(NatPmp.addressRequest());
            output.accept(NatPmp.request(port, suggested, lifetime));
        }
    }

    long dueNs() {
        return dueNs;
    }

    void run(long nowNs) {
        if (nowNs < dueNs) {
            return;
        }
        if (!asking) {
            if (outerOrNull == null) {
                begin(nowNs);
            } else {
                ask(nowNs); // renews it
            }
        } else if (tries < WAITS.length) {
            send(nowNs);
        } else if (protocol == Protocol.PCP && outerOrNull == null) {
            protocol = Protocol.NAT_PMP;
            ask(nowNs);
        } else {
            unanswered(nowNs);
        }
    }

    private void unanswered(long nowNs) {
        long ends = grantedOrNull == null ? nowNs : endsNs();
        if (nowNs < ends) {
            asking = false; // the mapping lives on; the router may answer later
            dueNs = Math.min(ends, nowNs + SHORTEST_RENEWAL);
        } else {
            fail(nowNs + RETRY);
        }
    }

    private long endsNs() {
        return grantedNs + grantedOrNull.lifetimeSeconds() * SECOND;
    }

    private void fail(long againNs) {
        asking = false;
        grantedOrNull = null;
        dueNs = againNs;
        tell(null);
    }

    /** Takes a datagram from the router's port. */
    void receive(byte[] answer, long nowNs) {
        if (protocol == Protocol.PCP) {
            if (Pcp.isAnswer(answer, nonce, port)) {
                answered(Pcp.read(answer), nowNs);
            } else if (asking && outerOrNull == null && NatPmp.isVersion0(answer)) {
                protocol = Protocol.NAT_PMP; // it knows no PCP
                ask(nowNs);
            }
            return;
        }
        if (!asking) {
            return;
        }
        InetAddress address = NatPmp.address(answer);
        if (address != null) {
            natPmpAddressOrNull = address;
        }
        Granted granted = NatPmp.granted(answer, port);
        if (granted != null) {
            natPmpGrantedOrNull = granted;
        }
        if (natPmpGrantedOrNull != null && natPmpAddressOrNull != null) {
            answered(natPmpGrantedOrNull.at(natPmpAddressOrNull), nowNs);
        }
    }

    private void answered(Granted granted, long nowNs) {
        if (granted.result() != 0 || granted.lifetimeSeconds() == 0 || granted.port() == 0) {
            fail(nowNs + RETRY);
            return;
        }
        asking = false;
        grantedOrNull = granted;
        grantedNs = nowNs;
        long half = Math.min(granted.lifetimeSeconds(), LIFETIME) * SECOND / 2;
        dueNs = nowNs + Math.max(half, SHORTEST_RENEWAL);
        InetAddress address = granted.addressOrNull();
        // Behind a second router the outer address is private: no use to anybody.
        tell(isPublic(address) ? new InetSocketAddress(address, granted.port()) : null);
    }

    static boolean isPublic(InetAddress address) {
        if (!(address instanceof Inet4Address)
                || address.isAnyLocalAddress()
                || address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || address.isMulticastAddress()
                || address.isSiteLocalAddress()) {
            return false;
        }
        byte[] bytes = address.getAddress();
        boolean shared = bytes[0] == 100 && (bytes[1] & 0xc0) == 64; // RFC 6598
        return !shared && (bytes[0] & 255) < 240;
    }

    private void tell(InetSocketAddress nowOrNull) {
        if (nowOrNull == null ? outerOrNull != null : !nowOrNull.equals(outerOrNull)) {
            outerOrNull = nowOrNull;
            mapped.accept(nowOrNull);
        }
    }

    /** Deletes the mapping, if there may be one; the answer does not matter. */
    void end() {
        if (asking || grantedOrNull != null) {
            request(0);
        }
        dueNs = NEVER;
        asking = false;
    }
}
