// The index of those who come from PyTorch: what its names are called here.

/** One row: the name there, the name here, and where it is declared. */
export interface Peer {
  readonly torch: string;
  readonly name: string;
  /** A module such as `std/nn`; absent for what is in scope everywhere. */
  readonly module?: string;
  /** What differs. */
  readonly note?: string;
}

const everywhere = (torch: string, name: string, note?: string): Peer => ({
  torch,
  name,
  ...(note === undefined ? {} : { note }),
});

const inModule =
  (module: string) =>
  (torch: string, name = torch.replace(/^.*\./, ""), note?: string): Peer => ({
    torch,
    name,
    module: `std/${module}`,
    ...(note === undefined ? {} : { note }),
  });

const nn = inModule("nn");
const pooling = inModule("pooling");
const padding = inModule("padding");
const resize = inModule("resize");
const normalization = inModule("normalization");
const reparametrized = inModule("reparametrized");
const recurrent = inModule("recurrent");
const attentions = inModule("attention");
const transformer = inModule("transformer");
const optim = inModule("optim");
const math = inModule("math");
const loss = inModule("losses");

/** Layers, by the names of `torch.nn`. */
const layers: readonly Peer[] = [
  nn("nn.Linear"),
  nn("nn.Embedding"),
  nn("nn.Conv1d"),
  nn("nn.Conv2d"),
  nn("nn.Conv3d"),
  nn("nn.ConvTranspose1d"),
  nn("nn.ConvTranspose2d"),
  nn("nn.Conv2d(groups = C)", "DepthwiseConv2d"),
  nn("nn.LayerNorm", "LayerNorm", "over the last axis"),
  nn("nn.RMSNorm"),
  nn("nn.GroupNorm"),
  nn("nn.InstanceNorm2d"),
  nn("nn.BatchNorm1d"),
  nn("nn.BatchNorm2d"),
  nn("nn.Dropout"),
  nn("nn.MaxPool1d"),
  nn("nn.MaxPool2d"),
  nn("nn.AvgPool1d"),
  nn("nn.AvgPool2d"),
  pooling("nn.MaxPool3d"),
  pooling("nn.AvgPool3d"),
  pooling("nn.LPPool2d", "LpPool2d"),
  pooling("nn.AdaptiveMaxPool1d"),
  pooling("nn.AdaptiveMaxPool2d"),
  nn("nn.AdaptiveAvgPool1d"),
  nn("nn.AdaptiveAvgPool2d"),
  padding("nn.ZeroPad2d"),
  padding("nn.ReflectionPad1d"),
  padding("nn.ReflectionPad2d"),
  padding("nn.ReplicationPad1d"),
  padding("nn.ReplicationPad2d"),
  padding("nn.CircularPad1d"),
  padding("nn.CircularPad2d"),
  resize("nn.Upsample", "Upsample", "by whole factors; nearest unless `bilinear = true`"),
  resize("nn.PixelShuffle"),
  resize("nn.PixelUnshuffle"),
  normalization("nn.BatchNorm3d"),
  normalization("nn.InstanceNorm1d"),
  normalization("nn.InstanceNorm3d"),
  normalization("nn.LocalResponseNorm"),
  reparametrized("utils.weight_norm(Linear)", "WeightNormLinear"),
  reparametrized("utils.weight_norm(Conv2d)", "WeightNormConv2d"),
  reparametrized("utils.spectral_norm(Linear)", "SpectralNormLinear"),
  reparametrized("utils.spectral_norm(Conv2d)", "SpectralNormConv2d"),
  recurrent("nn.LSTM"),
  recurrent("nn.GRU"),
  recurrent("nn.RNN"),
  attentions("nn.MultiheadAttention", "SelfAttention", "`CrossAttention` over another sequence"),
  transformer("nn.TransformerEncoderLayer", "EncoderLayer", "pre-norm unless told otherwise"),
  transformer("nn.TransformerDecoderLayer", "DecoderLayer", "pre-norm unless told otherwise"),
  transformer("nn.TransformerEncoder", "Encoder"),
  transformer("nn.TransformerDecoder", "Decoder"),
];

/** Functions of `torch` and `torch.nn.functional`. */
const functions: readonly Peer[] = [
  everywhere("F.relu", "relu"),
  everywhere("F.relu6", "relu6"),
  everywhere("F.leaky_relu", "leaky_relu"),
  everywhere("F.elu", "elu"),
  everywhere("F.selu", "selu"),
  everywhere("F.gelu", "gelu", '`approximate="tanh"` is `gelu_tanh`'),
  everywhere("F.silu", "silu"),
  everywhere("F.softplus", "softplus"),
  everywhere("F.mish", "mish"),
  everywhere("F.hardsigmoid", "hardsigmoid"),
  everywhere("F.hardswish", "hardswish"),
  everywhere("F.glu", "glu"),
  everywhere("F.dropout", "dropout", "`drop` where an argument is called `dropout`"),
  everywhere("F.linear", "linear"),
  everywhere("F.softmax", "softmax"),
  everywhere("F.log_softmax", "log_softmax"),
  everywhere("F.normalize", "normalize", "along the last axis unless told otherwise"),
  everywhere(
    "F.cosine_similarity",
    "cosine_similarity",
    "along the last axis unless told otherwise",
  ),
  everywhere("F.one_hot", "one_hot", "gives floats"),
  everywhere("F.pad", "pad", "one axis at a time, by name"),
  everywhere("F.unfold", "unfold", "one axis at a time, never stored"),
  everywhere("F.scaled_dot_product_attention", "attention", "a bool `mask`, an additive `bias`"),
  everywhere("torch.matmul, `@`", "einsum", "`a @ b` here too"),
  everywhere("torch.einsum", "einsum", "names of axes instead of letters"),
  everywhere("torch.cat", "concat", "`concat(a, b, axis = 0)`"),
  everywhere("torch.stack", "stack"),
  everywhere("torch.split, chunk", "split", "gives a tuple"),
  everywhere("Tensor.view, reshape", "reshape"),
  everywhere("Tensor.permute, transpose", "rearrange", "`x.T` for the last two axes"),
  everywhere("Tensor.expand, repeat", "repeat"),
  everywhere("torch.where", "select"),
  everywhere("Tensor.to(dtype)", "cast"),
  everywhere("Tensor.detach", "stop_gradient"),
  everywhere("torch.arange", "iota"),
  everywhere("torch.index_select", "gather", "`table[ids]` along the first axis"),
  everywhere("Tensor.index_add_", "scatter_add"),
  everywhere("torch.topk", "top_k"),
  everywhere("torch.sort", "sort"),
  everywhere("torch.cumsum", "cumsum"),
  everywhere("torch.var", "variance", "`var` is a keyword"),
  everywhere("torch.std", "std"),
  everywhere("torch.norm", "norm"),
  everywhere("torch.any", "any"),
  everywhere("torch.all", "all"),
  everywhere("torch.argsort", "argsort"),
  everywhere("torch.cumprod", "cumprod"),
  everywhere("torch.cummax", "cummax", "values only"),
  everywhere("torch.gather", "take_along_axis"),
  everywhere("torch.expm1", "expm1"),
  everywhere("torch.log1p", "log1p"),
  everywhere("torch.atan2", "atan2"),
  everywhere("torch.clamp", "clamp"),
  everywhere("F.logsigmoid", "log_sigmoid"),
  everywhere("F.celu", "celu"),
  everywhere("F.hardtanh", "hardtanh"),
  everywhere("F.softshrink", "softshrink"),
  everywhere("F.hardshrink", "hardshrink"),
  math("torch.outer"),
  math("torch.dot"),
  math("torch.eye"),
  math("torch.diag"),
  math("torch.diagonal"),
  math("torch.trace"),
  math("torch.kron"),
  math("torch.linspace"),
  everywhere("torch.sum", "sum"),
  everywhere("torch.mean", "mean"),
  everywhere("torch.amax, maximum", "max"),
  everywhere("torch.amin, minimum", "min"),
  everywhere("torch.logsumexp", "logsumexp"),
  everywhere("torch.flip", "flip"),
  everywhere("torch.roll", "roll"),
  everywhere("torch.tril", "tril"),
  everywhere("torch.triu", "triu"),
  everywhere("torch.rand", "random_uniform", "by seed, step and place"),
  everywhere("torch.randn", "random_normal", "by seed, step and place"),
  everywhere("torch.bernoulli", "bernoulli"),
  resize(
    "F.interpolate",
    "resize_bilinear",
    "or `upsample_nearest`, `upsample_bicubic` by whole factors",
  ),
  inModule("sampling")("F.grid_sample"),
  inModule("signal")("torch.stft", "stft", "windows without padding"),
  everywhere("torch.autograd.grad", "grad"),
  everywhere("torch.func.vjp", "vjp"),
  everywhere("torch.func.jvp", "jvp"),
];

/** Losses, which are functions here. */
const losses: readonly Peer[] = [
  everywhere("nn.CrossEntropyLoss", "cross_entropy"),
  everywhere("nn.NLLLoss", "nll"),
  everywhere("nn.MSELoss", "mse"),
  everywhere("nn.L1Loss", "mae"),
  everywhere("nn.HuberLoss", "huber"),
  everywhere("nn.BCEWithLogitsLoss", "bce_with_logits"),
  everywhere("nn.KLDivLoss", "kl_div"),
  loss("nn.SmoothL1Loss", "smooth_l1"),
  loss("nn.BCELoss", "bce"),
  loss("nn.PoissonNLLLoss", "poisson_nll"),
  loss("nn.GaussianNLLLoss", "gaussian_nll"),
  loss("nn.TripletMarginLoss", "triplet_margin"),
  loss("nn.MarginRankingLoss", "margin_ranking"),
  loss("nn.SoftMarginLoss", "soft_margin"),
  loss("nn.CosineEmbeddingLoss", "cosine_embedding"),
  loss("torchvision.ops.sigmoid_focal_loss", "focal"),
];

/** Optimizers, schedules and initialisers. */
const training: readonly Peer[] = [
  optim("optim.SGD", "sgd"),
  optim("optim.Adam", "adam"),
  optim("optim.AdamW", "adamw"),
  optim("optim.RMSprop", "rmsprop"),
  optim("lr_scheduler.CosineAnnealingLR", "cosine"),
  optim("lr_scheduler.StepLR", "step_decay"),
  optim("lr_scheduler.OneCycleLR", "one_cycle"),
  optim("lr_scheduler.ConstantLR", "constant_lr"),
  everywhere("init.normal_", "normal"),
  everywhere("init.uniform_", "uniform"),
  everywhere("init.trunc_normal_", "trunc_normal"),
  everywhere("init.xavier_uniform_", "xavier_uniform"),
  everywhere("init.xavier_normal_", "xavier_normal"),
  everywhere("init.kaiming_uniform_", "he_uniform"),
  everywhere("init.kaiming_normal_", "he_normal"),
  everywhere("init.orthogonal_", "orthogonal"),
  everywhere("init.eye_", "identity"),
  everywhere("init.dirac_", "dirac"),
];

/** The whole index, in the order of its page. */
export const peers: readonly { readonly title: string; readonly rows: readonly Peer[] }[] = [
  { title: "Layers", rows: layers },
  { title: "Functions", rows: functions },
  { title: "Losses", rows: losses },
  { title: "Training", rows: training },
];
