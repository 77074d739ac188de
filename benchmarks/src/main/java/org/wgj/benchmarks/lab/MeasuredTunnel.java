// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.lab;

import org.wgj.lab.Host;
import org.wgj.lab.WgInterface;

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
public final class MeasuredTunnel implements AutoCloseable {
    public static final String INTERFACE = "wg0";

    private static final int PORT = 51820;

    /** The payload of a full TCP segment over IPv4 with time stamps, at an MTU of 1420. */
    public static final int TCP_PAYLOAD = 1_368;

    /** Addresses of the far host inside the tunnel. */
    public static final String FAR_4 = "10.0.0.2";

    public static final String FAR_6 = "fd00::2";

    private final Carrier carrier; // of the near host
    private final Carrier farCarrier;
    private final String jvmOptions;
    private final List<Host> hosts = new ArrayList<>();
    private final List<MeasuredDaemon> daemons = new ArrayList<>();

    private MeasuredTunnel(Carrier near, Carrier far, String jvmOptions) {
        this.carrier = near;
        this.farCarrier = far;
        this.jvmOptions = jvmOptions;
    }

    /** Builds it and returns when packets pass in both families. */
    public static MeasuredTunnel open(Carrier carrier) throws IOException {
        return open(carrier, "");
    }

    /** The same with further options of the JVM, for daemons that are one. */
    public static MeasuredTunnel open(Carrier carrier, String jvmOptions) throws IOException {
        return open(carrier, carrier, jvmOptions);
    }

    /** The same between two carriers, neither of them {@link Carrier#NONE}. */
    public static MeasuredTunnel open(Carrier near, Carrier far, String jvmOptions)
            throws IOException {
        MeasuredTunnel tunnel = new MeasuredTunnel(near, far, jvmOptions);
        try {
            tunnel.build();
            return tunnel;
        } catch (IOException | RuntimeException | AssertionError e) {
            tunnel.close();
            throw e;
        }
    }

    private void build() throws IOException {
        for (String name : List.of("near", "far")) {
            hosts.add(new Host(name));
        }
        Host.connect(near(), "eth0", far(), "eth0");
        List<WgInterface> interfaces = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            hosts.get(i).address("eth0", "192.0.2.%d/24".formatted(i + 1));
            if (carrier.isTunnel()) {
                interfaces.add(addInterface(hosts.get(i), i == 0 ? carrier : farCarrier));
            }
        }
        for (int i = 0; i < 2; i++) {
            if (carrier.isTunnel()) {
                interfaces.get(i).configure(PORT, peer(interfaces.get(1 - i), 2 - i));
                setMtu(hosts.get(i));
            }
            addAddresses(i + 1);
        }
        // The first may have to wait for the handshake.
        near().sh("ping -n -c 1 -W 10 " + FAR_4 + " && ping -n -c 1 -W 10 " + FAR_6);
    }

    private WgInterface addInterface(Host host, Carrier one) throws IOException {
        if (one.isDaemon()) {
            daemons.add(MeasuredDaemon.start(host, one, jvmOptions));
        } else {
            host.sh("ip link add " + INTERFACE + " type wireguard");
        }
        return new WgInterface(host, INTERFACE);
    }

    private static String peer(WgInterface other, int number) {
        return other.asPeer(
                "10.0.0.%1$d/32, fd00::%1$d/128".formatted(number),
                "Endpoint = 192.0.2.%d:%d".formatted(number, PORT));
    }

    private static void setMtu(Host host) {
        host.sh("ip link set %s mtu 1420", INTERFACE);
    }

    private void addAddresses(int number) {
        Host host = hosts.get(number - 1);
        String link = carrier.isTunnel() ? INTERFACE : "eth0";
        host.address(link, "10.0.0.%d/24".formatted(number));
        host.address(link, "fd00::%d/64".formatted(number));
        host.sh("ip link set %s up", link);
    }

    public Host near() {
        return hosts.get(0);
    }

    public Host far() {
        return hosts.get(1);
    }

    /** The one that serves the near host, of a carrier that is a daemon. */
    public MeasuredDaemon nearDaemon() {
        return daemons.getFirst();
    }

    public MeasuredDaemon farDaemon() {
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
        daemons.add(MeasuredDaemon.start(far(), farCarrier, jvmOptions));
        far().sh("wg setconf %s /run/conf", INTERFACE);
        setMtu(far());
        addAddresses(2);
    }

    public Carrier carrier() {
        return carrier;
    }

    /** Returns the description of the near daemon, one of wgj. */
    public String settings() throws IOException {
        return daemons.getFirst().settings();
    }

    /** Processor time of both daemons so far; not a number if there are no daemons. */
    public double cpuSeconds() throws IOException {
        double seconds = daemons.isEmpty() ? Double.NaN : 0;
        for (MeasuredDaemon daemon : daemons) {
            seconds += daemon.cpuSeconds();
        }
        return seconds;
    }

    /** Peak resident memory of the larger of both daemons; not a number if there are no daemons. */
    public double peakMegabytes() throws IOException {
        double most = daemons.isEmpty() ? Double.NaN : 0;
        for (MeasuredDaemon daemon : daemons) {
            most = Math.max(most, daemon.peakMegabytes());
        }
        return most;
    }

    @Override
    public void close() {
        hosts.forEach(Host::close);
    }
}
