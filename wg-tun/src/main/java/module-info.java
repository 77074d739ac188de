// SPDX-License-Identifier: Apache-2.0
/**
 * TUN devices: those of Linux, through JNA, and one in memory that works everywhere.
 *
 * <p>JNA is optional at run time. Programs on the module path that use {@code LinuxTun} must bring
 * the module {@code com.sun.jna} into the module graph, by a {@code requires} of their own or by
 * {@code --add-modules com.sun.jna}, and allow it native access: {@code
 * --enable-native-access=com.sun.jna}; on the class path it is {@code ALL-UNNAMED}. Without JNA
 * everything that needs no kernel still works.
 *
 * <p>JNA publishes this module twice, as {@code jna-jpms} and as the automatic module of {@code
 * jna}. Both work, but a module path can have only one of them.
 */
@SuppressWarnings("module") // the modules of the qualified export are compiled after this one
module org.wgj.tun {
    requires static com.sun.jna;

    exports org.wgj.tun;
    exports org.wgj.tun.linux to
            org.wgj.daemon,
            org.wgj.tunnel;
    exports org.wgj.tun.offload to
            org.wgj.netstack;
}
