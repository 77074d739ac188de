// SPDX-License-Identifier: Apache-2.0
/**
 * TUN devices: those of Linux, through JNA, and one in memory that works everywhere.
 *
 * <p>JNA is optional at run time. Programs on the module path that use {@code LinuxTun} must bring
 * the module {@code com.sun.jna} into the module graph, by a {@code requires} of their own or by
 * {@code --add-modules com.sun.jna}, and allow it native access: {@code
 * --enable-native-access=com.sun.jna}. Without it everything that needs no kernel still works.
 */
@SuppressWarnings("module") // the modules of the qualified export are compiled after this one
module org.wgj.tun {
    requires static com.sun.jna;

    exports org.wgj.tun;
    exports org.wgj.tun.linux to
            org.wgj.daemon,
            org.wgj.tunnel;
}
