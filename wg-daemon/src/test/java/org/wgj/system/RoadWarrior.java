// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.wgj.lab.Host;
import org.wgj.lab.Implementation;
import org.wgj.lab.KeyPair;
import org.wgj.lab.WgInterface;

/**
 * A client and a server, which is the client's only route. Inside the tunnel the server also has
 * the addresses of the Internet, 198.51.100.1 and 2001:db8::1. The server is up; tests bring the
 * client's file up.
 */
final class RoadWarrior {
    private static final String RESOLV_CONF = "nameserver 127.0.0.53";

    private final KeyPair clientKeys = KeyPair.generate();
    private final String presharedKey = KeyPair.presharedKey();
    private final Host client;
    private final Host serverHost;
    private final WgInterface server;
    private String stateBefore;

    RoadWarrior(Lab lab) {
        client = lab.host("client");
        serverHost = lab.host("server");
        Host.connect(client, "eth0", serverHost, "eth0");
        client.address("eth0", "10.1.0.1/24");
        serverHost.address("eth0", "10.1.0.2/24");
        serverHost.address("lo", "198.51.100.1/32");
        serverHost.address("lo", "2001:db8::1/128");
        client.sh("ip route add default via 10.1.0.2");
        client.sh("mkdir -p /var/run/wireguard /run/bin");
        server = lab.wireguard(serverHost, Implementation.WGJ, "wg0");
        server.configure(
                51820,
                """
                [Peer]
                PublicKey = %s
                PresharedKey = %s
                AllowedIPs = 10.9.0.1/32, fd09::1/128
                """
                        .formatted(clientKeys.publicKey(), presharedKey));
        server.up("10.9.0.2/24", "fd09::2/64");
    }

    /** Gives the client a resolv.conf of its own and records its state, to compare with later. */
    void recordState() {
        client.file("resolv.conf", RESOLV_CONF + "\n");
        client.sh("mount --bind /run/resolv.conf /etc/resolv.conf");
        stateBefore = client.sh(Leftovers.SCRIPT);
    }

    /** Fails unless the client comes back to the recorded state, without a journal. */
    void assertStateIsRestored() {
        Leftovers.awaitNone(client, stateBefore);
        assertEquals(RESOLV_CONF, client.sh("cat /etc/resolv.conf"));
        assertEquals("", client.sh("ls /run/wgj 2>/dev/null || true"));
    }

    KeyPair clientKeys() {
        return clientKeys;
    }

    Host client() {
        return client;
    }

    Host serverHost() {
        return serverHost;
    }

    WgInterface server() {
        return server;
    }

    /** Writes the client's file for an interface; `interfaceLines` holds further lines. */
    String file(String name, String addresses, String interfaceLines, String allowedIps) {
        return client.file(
                name + ".conf",
                """
                [Interface]
                PrivateKey = %s
                Address = %s
                %s
                [Peer]
                PublicKey = %s
                PresharedKey = %s
                Endpoint = 10.1.0.2:51820
                AllowedIPs = %s
                """
                        .formatted(
                                clientKeys.privateKey(),
                                addresses,
                                interfaceLines,
                                server.keys().publicKey(),
                                presharedKey,
                                allowedIps));
    }

    /** Adds a program to the client's PATH, or replaces one. */
    void program(String name, String script) {
        client.file("bin/" + name, "#!/bin/bash\n" + script + "\n");
        client.sh("chmod +x /run/bin/%s", name);
    }
}
