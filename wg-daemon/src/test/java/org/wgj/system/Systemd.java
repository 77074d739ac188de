// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import org.wgj.lab.Await;
import org.wgj.lab.Command;
import org.wgj.lab.Host;
import org.wgj.lab.Machine;
import org.wgj.lab.Repository;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * systemd, the first process of namespaces inside a host whose network it shares, with the files of
 * this machine under a layer of its own: whatever it enables or writes goes with it. The project is
 * in {@code /opt/wgj}.
 *
 * <p>It cannot reach beyond: /sys and /proc/sys can only be read, and it manages a control group
 * that was made for it, below that of the tests.
 */
final class Systemd implements Machine, AutoCloseable {
    /** In the host; arguments: the control group, the script of what follows. */
    private static final String ENTER =
            """
            mkdir /run/groups && mount -t cgroup2 none /run/groups && mkdir '/run/groups/%1$s'
            ( echo $BASHPID >'/run/groups/%1$s/cgroup.procs'
            exec setsid unshare --mount --pid --cgroup --fork bash -e %2$s ) </dev/null >/run/systemd.log 2>&1 &
            """;

    /** In the new namespaces; argument: the project. */
    private static final String BOOT =
            """
            mkdir /run/layer && mount -t tmpfs none /run/layer && cd /run/layer && mkdir upper work root
            mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root
            cd root
            mount -t proc proc proc && mount --bind proc/sys proc/sys && mount -o remount,bind,ro proc/sys
            mount -t sysfs -o ro sysfs sys && mount -t cgroup2 none sys/fs/cgroup
            mount --rbind /dev dev && mount -t tmpfs -o mode=755 none run
            mkdir -p opt/wgj old && mount --bind '%s' opt/wgj
            rm -f etc/machine-id && touch etc/machine-id
            pivot_root . old && cd / && umount -l /old
            export container=lxc
            exec /lib/systemd/systemd --system --unit=basic.target
            """;

    private final Host host;
    private final String group = "wgj-" + ThreadLocalRandom.current().nextInt(1 << 30);
    private final String pid;

    /** Returns when it is ready to start units. */
    Systemd(Host host) {
        this.host = host;
        String boot = host.file("boot", BOOT.formatted(Repository.folder()));
        host.sh(ENTER, group, boot);
        Await.until("a systemd", () -> host.run("pgrep -xo systemd").exit() == 0);
        pid = host.sh("pgrep -xo systemd");
        Await.until(
                "systemd ready",
                () -> run("systemctl is-active basic.target").out().strip().equals("active"));
    }

    @Override
    public Command.Result run(Duration deadline, String script) {
        return host.run(
                deadline,
                "nsenter -t %s -m -p bash <<'end-of-script'\n%s\nend-of-script\n"
                        .formatted(pid, script));
    }

    @Override
    public void close() {
        host.sh("kill -KILL " + pid);
        Await.until(
                "the control groups of systemd gone",
                () -> {
                    host.run("find /run/groups/%s -depth -type d -delete".formatted(group));
                    return host.run("ls -d /run/groups/" + group).exit() != 0;
                });
    }
}
