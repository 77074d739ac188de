// SPDX-License-Identifier: Apache-2.0
package org.wgj.lab;

/** A WireGuard interface on some machine, configured by the stock `wg` and `ip`. */
public final class WgInterface {
    private final Machine machine;
    private final String name;
    private final KeyPair keys = KeyPair.generate();

    public WgInterface(Machine machine, String name) {
        this.machine = machine;
        this.name = name;
    }

    public Machine machine() {
        return machine;
    }

    public String name() {
        return name;
    }

    public KeyPair keys() {
        return keys;
    }

    /** Runs `wg set` on this interface. */
    public void set(String format, Object... arguments) {
        machine.sh("wg set " + name + " " + format.formatted(arguments));
    }

    /**
     * Replaces the whole configuration: this interface's own key and port, then the given peer
     * sections.
     */
    public void configure(int port, String peers) {
        String file =
                machine.file(
                        name + ".conf",
                        """
                        [Interface]
                        PrivateKey = %s
                        ListenPort = %d
                        %s\
                        """
                                .formatted(keys.privateKey(), port, peers));
        machine.sh("wg setconf %s %s", name, file);
    }

    /** The section by which another interface knows this one; `more` holds further lines. */
    public String asPeer(String allowedIps, String more) {
        return """
        [Peer]
        PublicKey = %s
        AllowedIPs = %s
        %s
        """
                .formatted(keys.publicKey(), allowedIps, more);
    }

    /** Brings the link up with these addresses. */
    public void up(String... addresses) {
        for (String address : addresses) {
            machine.address(name, address);
        }
        machine.sh("ip link set %s up", name);
    }

    public Dump dump() {
        return Dump.parse(machine.sh("wg show %s dump", name));
    }

    /** Returns the output of `wg show IF WHAT`. */
    public String show(String what) {
        return machine.sh("wg show %s %s", name, what);
    }
}
