// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** A router with address translation on a {@link SimNet}, in the words of RFC 4787. */
final class SimNat {
    /** The mapping and filtering of a router. */
    enum Type {
        FULL_CONE,
        ADDRESS_RESTRICTED,
        PORT_RESTRICTED,

        /** Another port for each destination, and only that destination may answer. */
        SYMMETRIC,

        /** As {@link #PORT_RESTRICTED}, without translation, as home routers have it for IPv6. */
        FIREWALL,

        /** No UDP passes. */
        BLOCKED
    }

    /** Linux forgets an unanswered flow of UDP then. */
    private static final long LIFE_NS = 30_000_000_000L;

    private record Flow(InetSocketAddress inner, InetSocketAddress outer) {}

    private final Map<Flow, Integer> ports = new HashMap<>();
    private final Map<Integer, InetSocketAddress> inners = new HashMap<>();
    private final Map<Integer, Map<Object, Long>> contacts = new HashMap<>();
    private int nextPort = 40_000;

    Type type;
    InetAddress address;

    SimNat(Type type, String address) {
        this.type = type;
        this.address = InetAddress.ofLiteral(address);
    }

    /** Forgets all flows; the next ones get other ports. */
    void forget() {
        ports.clear();
        inners.clear();
        contacts.clear();
    }

    /** Returns where a datagram seems to come from outside; null if it does not pass. */
    InetSocketAddress outbound(InetSocketAddress inner, InetSocketAddress outer, long nowNs) {
        if (type == Type.BLOCKED) {
            return null;
        }
        Flow flow = new Flow(inner, type == Type.SYMMETRIC ? outer : null);
        int port =
                type == Type.FIREWALL
                        ? inner.getPort()
                        : ports.computeIfAbsent(flow, any -> nextPort++);
        inners.put(port, inner);
        contacts.computeIfAbsent(port, any -> new HashMap<>()).put(contact(outer), nowNs);
        return new InetSocketAddress(address, port);
    }

    /** Returns where a datagram from outside goes; null if it does not pass. */
    InetSocketAddress inbound(int port, InetSocketAddress outer, long nowNs) {
        Map<Object, Long> known = contacts.get(port);
        if (type == Type.BLOCKED || known == null) {
            return null;
        }
        Long since = known.get(contact(outer));
        boolean passes = since != null && nowNs - since < LIFE_NS;
        if (passes) {
            known.put(contact(outer), nowNs);
        }
        return passes || type == Type.FULL_CONE ? Objects.requireNonNull(inners.get(port)) : null;
    }

    private Object contact(InetSocketAddress outer) {
        return type == Type.ADDRESS_RESTRICTED ? outer.getAddress() : outer;
    }
}
