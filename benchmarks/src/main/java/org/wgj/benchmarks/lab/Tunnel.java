// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.lab;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Two hosts on one cable with a tunnel between them.
 *
 * <pre>
 * near 10.0.0.1, fd00::1  ==== wg0 ====  far 10.0.0.2, fd00::2
 *      192.0.2.1          ---- eth0 ---      192.0.2.2
 * </pre>
 *
 * Without a tunnel the inner addresses are on the cable.
 */
public final class Tunnel implements AutoCloseable {
    public static final String INTERFACE = "wg0";

    /** Of a full TCP segment over IPv4 with time stamps, at an MTU of 1420. */
    public static final int TCP_PAYLOAD = 1_368;

    /** Addresses of the far host inside the tunnel. */
    public static final String FAR_4 = "10.0.0.2";

    public static final String FAR_6 = "fd00::2";

    private final Implementation implementation; // of the near host
    private final Implementation farImplementation;
    private final String jvmOptions;
    private final List<Host> hosts = new ArrayList<>();
    private final List<Daemon> daemons = new ArrayList<>();

    private Tunnel(Implementation near, Implementation far, String jvmOptions) {
        this.implementation = near;
        this.farImplementation = far;
        this.jvmOptions = jvmOptions;
    }

    /** Builds it and returns when packets pass in both families. */
    public static Tunnel open(Implementation implementation) throws IOException {
        return open(implementation, "");
    }

    /** The same with further options of the JVM, for daemons that are one. */
    public static Tunnel open(Implementation implementation, String jvmOptions) throws IOException {
        return open(implementation, implementation, jvmOptions);
    }

    /** The same between two implementations, neither of them {@link Implementation#NONE}. */
    public static Tunnel open(Implementation near, Implementation far, String jvmOptions)
            throws IOException {
        Tunnel tunnel = new Tunnel(near, far, jvmOptions);
        try {
            tunnel.build();
            return tunnel;
        } catch (IOException | RuntimeException e) {
            tunnel.close();
            throw e;
        }
    }

    private void build() throws IOException {
        hosts.add(new Host());
        hosts.add(new Host());
        Host.connect(near(), far());
        List<String> publicKeys = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            hosts.get(i).sh("ip address add 192.0.2.%d/24 dev eth0".formatted(i + 1));
            if (implementation.isTunnel()) {
                addInterface(hosts.get(i), i == 0 ? implementation : farImplementation);
                publicKeys.add(
                        hosts.get(i).sh("umask 077; wg genkey >/run/key && wg pubkey </run/key"));
            }
        }
        for (int i = 0; i < 2; i++) {
            if (implementation.isTunnel()) {
                configure(hosts.get(i), publicKeys.get(1 - i), 2 - i);
            }
            addAddresses(i + 1);
        }
        // The first may have to wait for the handshake.
        near().sh("ping -n -c 1 -W 10 " + FAR_4 + " && ping -n -c 1 -W 10 " + FAR_6);
    }

    private void addAddresses(int number) throws IOException {
        String link = implementation.isTunnel() ? INTERFACE : "eth0";
        hosts.get(number - 1)
                .sh(
                        """
                        ip address add 10.0.0.%1$d/24 dev %2$s &&
                        ip address add fd00::%1$d/64 dev %2$s nodad &&
                        ip link set %2$s up\
                        """
                                .formatted(number, link));
    }

    private void addInterface(Host host, Implementation one) throws IOException {
        if (one.isDaemon()) {
            daemons.add(Daemon.start(host, one, jvmOptions));
        } else {
            host.sh("ip link add " + INTERFACE + " type wireguard");
        }
    }

    private static void configure(Host host, String peer, int number) throws IOException {
        host.sh(
                """
                wg set %1$s private-key /run/key listen-port 51820 peer %2$s \
                    endpoint 192.0.2.%3$d:51820 allowed-ips 10.0.0.%3$d/32,fd00::%3$d/128 &&
                ip link set %1$s mtu 1420\
                """
                        .formatted(INTERFACE, peer, number));
    }

    public Host near() {
        return hosts.get(0);
    }

    public Host far() {
        return hosts.get(1);
    }

    /** The one that serves the near host, of an implementation that is a daemon. */
    public Daemon nearDaemon() {
        return daemons.getFirst();
    }

    public Daemon farDaemon() {
        return daemons.getLast();
    }

    /** Ends the far daemon without a warning, and has a new one take its place. */
    public void replaceFarDaemon() throws IOException {
        far().sh(
                        """
                        wg showconf %1$s >/run/conf && kill -KILL %2$s &&
                        while [ -e /sys/class/net/%1$s ]; do sleep 0.02; done
                        rm -f /run/wireguard/%1$s.sock\
                        """
                                .formatted(INTERFACE, daemons.removeLast().pid()));
        daemons.add(Daemon.start(far(), farImplementation, jvmOptions));
        far().sh("wg setconf %s /run/conf && ip link set %1$s mtu 1420".formatted(INTERFACE));
        addAddresses(2);
    }

    public Implementation implementation() {
        return implementation;
    }

    /** What the near daemon, one of wgj, says of itself. */
    public String settings() throws IOException {
        return daemons.getFirst().settings();
    }

    /** Processor time of both daemons so far; not a number where there are none. */
    public double cpuSeconds() throws IOException {
        double seconds = daemons.isEmpty() ? Double.NaN : 0;
        for (Daemon daemon : daemons) {
            seconds += daemon.cpuSeconds();
        }
        return seconds;
    }

    /** Peak resident memory of the larger of both daemons; not a number where there are none. */
    public double peakMegabytes() throws IOException {
        double most = daemons.isEmpty() ? Double.NaN : 0;
        for (Daemon daemon : daemons) {
            most = Math.max(most, daemon.peakMegabytes());
        }
        return most;
    }

    @Override
    public void close() {
        hosts.forEach(Host::close);
    }
}
