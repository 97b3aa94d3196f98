/**
 * The operations of a transformer encoder, in siblings that compute the same: a scalar one, which is the definition,
 * and faster ones. The Vector API is optional: without it everything works, on the scalar sibling.
 */
module dev.kanmon.kernels {
    requires static jdk.incubator.vector;

    exports dev.kanmon.kernels;
}
