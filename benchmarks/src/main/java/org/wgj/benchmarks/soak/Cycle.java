// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.soak;

import org.wgj.benchmarks.lab.MeasuredTunnel;
import org.wgj.lab.Host;

import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Some traffic, then a fault, then how long it takes until packets pass again.
 *
 * @param hours since the begin of all
 * @param unanswered of the pings that went beside the traffic
 * @param recoverySeconds from the end of the fault to the first answer
 */
record Cycle(
        double hours,
        SoakTraffic.Result traffic,
        int pings,
        int unanswered,
        SoakFault fault,
        double recoverySeconds,
        Vitals near,
        Vitals far) {

    /**
     * Longer than any promise of the protocol: 15 s until a lost session is noticed, and a retry.
     */
    private static final int RECOVERY_DEADLINE_SECONDS = 90;

    private static final Pattern PINGS =
            Pattern.compile("(\\d+) packets transmitted, (\\d+) received");

    /**
     * @param begin of all, by {@link System#nanoTime}
     * @param megabits a second
     */
    static Cycle run(
            MeasuredTunnel tunnel,
            long begin,
            int seconds,
            int megabits,
            SoakTraffic traffic,
            SoakFault fault)
            throws IOException {
        Process ping =
                tunnel.near()
                        .start(
                                seconds + 20,
                                "ping -n -q -i 0.2 -w %d %s"
                                        .formatted(seconds, MeasuredTunnel.FAR_4));
        SoakTraffic.Result result = traffic.run(tunnel, seconds, megabits);
        Matcher pings = PINGS.matcher(new String(ping.getInputStream().readAllBytes()));
        if (!pings.find()) {
            throw new IOException("ping printed no result");
        }
        int sent = Integer.parseInt(pings.group(1));
        int answered = Integer.parseInt(pings.group(2));

        double hours = (System.nanoTime() - begin) / 3.6e12;
        Vitals near = Vitals.of(tunnel.nearDaemon());
        Vitals far = Vitals.of(tunnel.farDaemon());

        Process load =
                tunnel.near().start(120, "ping -n -q -f -i 0.01 -s 1000 " + MeasuredTunnel.FAR_6);
        fault.strike(tunnel);
        double recovery = recoverySeconds(tunnel.near());
        tunnel.near()
                .sh("pkill -x ping || true"); // a namespace further in than what was started here
        load.destroy();
        return new Cycle(hours, result, sent, sent - answered, fault, recovery, near, far);
    }

    private static double recoverySeconds(Host host) throws IOException {
        long begin = System.nanoTime();
        host.sh(
                RECOVERY_DEADLINE_SECONDS,
                "ping -n -i 0.1 %s | grep -m 1 -q 'bytes from'".formatted(MeasuredTunnel.FAR_4));
        return (System.nanoTime() - begin) / 1e9;
    }
}
