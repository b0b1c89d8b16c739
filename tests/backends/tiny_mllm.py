"""Tiny random models of real architectures that read pictures, saved as transformers folders."""

import json

import numpy as np
import torch
from PIL import Image
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    Idefics3Processor,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2_5_VLProcessor,
)
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

TEXTS = ["the color of the flower is red", "what is the mood of this picture, say it", "user assistant: "]
SPECIAL = ["<s>", "</s>"]
#: Makes random models far from uniform, so that a wrong position or mask shows in every number.
SPREAD = {"initializer_range": 0.2}
LANGUAGE = {
    "vocab_size": 330,
    "hidden_size": 64,
    "intermediate_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 1024,
    **SPREAD,
}
VISION = {
    "hidden_size": 32,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": 28,
    "patch_size": 14,
    **SPREAD,
}

#: As the released models render them: pictures first, then texts; parts in their order; markers around.
LLAVA_TEMPLATE = (
    "{% for m in messages %}{{ m['role'].upper() + ': ' }}"
    "{% for c in m['content'] | selectattr('type', 'equalto', 'image') %}{{ '<image>\n' }}{% endfor %}"
    "{% for c in m['content'] | selectattr('type', 'equalto', 'text') %}{{ c['text'] + ' ' }}{% endfor %}"
    "{% endfor %}{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}"
)
IDEFICS_TEMPLATE = (
    "<s>{% for m in messages %}{{ m['role'] | capitalize }}"
    "{% if m['content'][0]['type'] == 'image' %}{{ ':' }}{% else %}{{ ': ' }}{% endif %}"
    "{% for c in m['content'] %}{% if c['type'] == 'text' %}{{ c['text'] }}"
    "{% elif c['type'] == 'image' %}{{ '<image>' }}{% endif %}{% endfor %}<end_of_utterance>\n{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"
)
QWEN_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{% if m['content'] is string %}{{ m['content'] }}"
    "{% else %}{% for c in m['content'] %}{% if c['type'] == 'image' %}"
    "<|vision_start|><|image_pad|><|vision_end|>{% elif 'text' in c %}{{ c['text'] }}{% endif %}{% endfor %}"
    "{% endif %}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


class QwenProcessor(Qwen2_5_VLProcessor):
    """The real one insists on its part for videos, which needs torchvision."""

    def check_argument_for_proper_class(self, name, argument):
        return None if argument is None else super().check_argument_for_proper_class(name, argument)

    def save_pretrained(self, folder):
        self.image_processor.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)
        settings = folder / "preprocessor_config.json"
        named = {"processor_class": "Qwen2_5_VLProcessor", "image_processor_type": "Qwen2VLImageProcessor"}
        settings.write_text(json.dumps(json.loads(settings.read_text()) | named))


def make_tokenizer(template, *more):
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=[*SPECIAL, *more],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator(TEXTS * 3, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=backend, bos_token="<s>", eos_token="</s>", pad_token="</s>", chat_template=template
    )


def llava():
    tokenizer = make_tokenizer(LLAVA_TEMPLATE, "<image>")
    images = CLIPImageProcessorPil(size={"shortest_edge": 28}, crop_size={"height": 28, "width": 28})
    processor = LlavaProcessor(
        images,
        tokenizer,
        patch_size=14,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=LLAVA_TEMPLATE,
    )
    config = LlavaConfig(
        vision_config={"model_type": "clip_vision_model", **VISION},
        text_config={"model_type": "llama", **LANGUAGE},
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        **SPREAD,
    )
    return LlavaForConditionalGeneration(config), processor


def idefics3():
    tokenizer = make_tokenizer(
        IDEFICS_TEMPLATE, "<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>"
    )
    images = Idefics3ImageProcessorPil(size={"longest_edge": 56}, max_image_size={"longest_edge": 28})
    processor = Idefics3Processor(images, tokenizer, image_seq_len=1, chat_template=IDEFICS_TEMPLATE)
    config = Idefics3Config(
        vision_config=VISION,
        text_config={"model_type": "llama", **LANGUAGE},
        scale_factor=2,
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        **SPREAD,
    )
    return Idefics3ForConditionalGeneration(config), processor


def qwen2_5_vl():
    tokenizer = make_tokenizer(
        QWEN_TEMPLATE,
        *(
            "<|im_start|>",
            "<|im_end|>",
            "<|vision_start|>",
            "<|vision_end|>",
            "<|image_pad|>",
            "<|video_pad|>",
        ),
    )
    named = tokenizer.convert_tokens_to_ids
    images = Qwen2VLImageProcessorPil(size={"shortest_edge": 28 * 28, "longest_edge": 28 * 28 * 12})
    processor = QwenProcessor(images, tokenizer, None, chat_template=QWEN_TEMPLATE)
    config = Qwen2_5_VLConfig(
        vision_config={
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 32,
            "num_heads": 2,
            "out_hidden_size": 64,
            "fullatt_block_indexes": [1],
            **SPREAD,
        },
        text_config={
            **LANGUAGE,
            "rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [2, 3, 3]},
        },
        image_token_id=named("<|image_pad|>"),
        video_token_id=named("<|video_pad|>"),
        vision_start_token_id=named("<|vision_start|>"),
        vision_end_token_id=named("<|vision_end|>"),
        **SPREAD,
    )
    return Qwen2_5_VLForConditionalGeneration(config), processor


MODELS = {"llava": llava, "idefics3": idefics3, "qwen2_5_vl": qwen2_5_vl}


def save(folder, name):
    torch.manual_seed(0)
    model, processor = MODELS[name]()
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def picture(folder, seed, height=50, width=80):
    """A file of noise on a colored ground."""
    rng = np.random.default_rng(seed)
    pixels = np.clip(rng.integers(0, 256, 3) + rng.normal(0, 60, (height, width, 3)), 0, 255)
    path = folder / f"{seed}_{height}x{width}.png"
    Image.fromarray(pixels.astype(np.uint8)).save(path)
    return path
