// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.doctor;

/** The faults that the doctor looks for. The order gives each its number: the first is D1. */
public enum Fault {
    /** One end lists or reaches the other, and not the other way round. */
    ONE_SIDED("peers"),

    /** A peer's public key belongs to no node. */
    KEY("keys"),

    /** A pair has different preshared keys. */
    PRESHARED_KEY("preshared keys"),

    /** Two machines have one private key. */
    CLONE("clones"),

    /** Two nodes have one address. */
    ADDRESS("addresses"),

    /** Allowed IPs send a node's packets elsewhere. */
    ALLOWED_IPS("allowed IPs"),

    /** A tunnel's own datagrams would go into a tunnel. */
    TUNNEL_IN_TUNNEL("routes"),

    /** A network of the mesh is in use elsewhere, or a node is outside of it. */
    RANGE("ranges"),

    /** A node is called at a port at which it does not listen. */
    PORT("ports"),

    /** Neither end can begin, or a router forgets the node behind it. */
    ENDPOINT("endpoints"),

    /** Packets of full size are lost. */
    MTU("mtu"),

    /** A command of a file harms something of others. */
    HOOK("hooks"),

    /** A file is wrong, or others can read the keys in it. */
    FILE("files"),

    /** A machine's clock is wrong. */
    CLOCK("clocks"),

    /** A node or relay does not run. */
    OFFLINE("nodes"),

    /** Two nodes that run do not reach each other. */
    LINK("links"),

    /** A link goes through a relay and should not have to. */
    RELAYED("relayed"),

    /** A firewall drops what comes to a port. */
    FIREWALL("firewall"),

    /** A node has an old map, another version, or no coordinator. */
    MAP("map"),

    /** Something waits for an administrator, or was left open by one. */
    OPEN("left open");

    private final String topic;

    Fault(String topic) {
        this.topic = topic;
    }

    /**
     * Returns the number with which the documentation has it.
     *
     * @return {@code D1} to {@code D20}
     */
    public String id() {
        return "D" + (ordinal() + 1);
    }

    /**
     * Returns what is examined.
     *
     * @return one or two words in lower case
     */
    public String topic() {
        return topic;
    }
}
